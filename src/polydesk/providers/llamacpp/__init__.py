"""The embedded in-house engine: GGUF models run in this process by llama.cpp. Imports: core, wire, providers only."""
