// A host that has no WebAssembly, as some embedded ones and lockdown modes.

delete globalThis.WebAssembly;
