# cmake -D OUTPUT=file.cpp -D "FILES=a.json;b.json" -P compile_agents.cmake: agent files as a source.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND entries "        {\"${name}\", R\"agent(${text})agent\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made from config/agents.
#include \"agents/compiled_agents.hpp\"

namespace lanekeeper {

std::vector<CompiledAgent> compiled_agents() {
    return {
${entries}    };
}

}  // namespace lanekeeper
")
