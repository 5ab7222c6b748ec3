// Imitates a host without WebAssembly, such as some embedded hosts and the lockdown modes of browsers.

delete globalThis.WebAssembly;
