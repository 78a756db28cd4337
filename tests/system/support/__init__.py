"""What system tests share: a daemon of their own, an HTTP client and a WebSocket client. Standard library only."""
