// Imitates a host whose WebAssembly has no vector instructions: `validate` refuses every module.

WebAssembly.validate = () => false;
