// A host whose WebAssembly has no vectors: it finds them invalid.

WebAssembly.validate = () => false;
