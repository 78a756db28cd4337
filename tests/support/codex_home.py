"""A CODEX_HOME for tests: codex talks to the mock model and to nobody else, and does not retry by itself."""

import json
import os

CONFIG = """\
model = "mock-model"
model_provider = "mock"
model_catalog_json = {catalog}
approval_policy = "on-request"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false
web_search = "disabled"
cli_auth_credentials_store = "file"
project_doc_max_bytes = 0
allow_login_shell = false

[sandbox_workspace_write]
network_access = false
exclude_slash_tmp = true
exclude_tmpdir_env_var = true

[analytics]
enabled = false

[feedback]
enabled = false

[otel]
exporter = "none"
trace_exporter = "none"
metrics_exporter = "none"

[agents]
enabled = false

[skills.bundled]
enabled = false

[features]
{features}

[model_providers.mock]
name = "Mock model"
base_url = {url}
wire_api = "responses"
requires_openai_auth = false
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0
"""

OFF = ("apps", "plugins", "remote_plugin", "goals", "memories", "tool_suggest", "skill_search", "image_generation",
       "shell_snapshot", "api_key_model_discovery")

MODEL = {
    "slug": "mock-model", "display_name": "mock-model", "description": "The model of the tests.",
    "base_instructions": "You are the model of the tests.", "default_reasoning_level": None,
    "supported_reasoning_levels": [], "supports_reasoning_summaries": True, "default_reasoning_summary": "none",
    "support_verbosity": False, "default_verbosity": None, "shell_type": "unified_exec",
    "apply_patch_tool_type": "freeform", "tool_mode": None, "visibility": "list", "supported_in_api": True,
    "priority": 1, "availability_nux": None, "upgrade": None,
    "truncation_policy": {"mode": "tokens", "limit": 10000}, "supports_parallel_tool_calls": False,
    "context_window": 272000, "max_context_window": 272000, "effective_context_window_percent": 95,
    "experimental_supported_tools": [], "input_modalities": ["text"], "supports_search_tool": False,
}


def make_codex_home(directory, model_url, features=(), more="", first=""):
    """Writes it into a directory, which is made, with these features on and more TOML behind it, or in front of its first
    table; returns the directory."""
    os.makedirs(directory, exist_ok=True)
    catalog = os.path.join(os.path.abspath(directory), "models.json")
    features = "\n".join([f"{name} = false" for name in OFF] + [f"{name} = true" for name in features])
    with open(catalog, "w", encoding="utf-8") as file:
        json.dump({"models": [MODEL]}, file)
    with open(os.path.join(directory, "config.toml"), "w", encoding="utf-8") as file:
        file.write(first + CONFIG.format(catalog=json.dumps(catalog), url=json.dumps(model_url), features=features) + more)
    return directory
