"""The whole bot against the playground, over HTTP and WebSocket, in this process and as a process of its own."""
