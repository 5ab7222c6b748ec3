// The same from a CommonJS module, which may require modules since Node 20.19 and 22.12.

import core = require("@graddiff/core");

export const slope: core.Tensor = core.grad((x) => x.square().sum())(core.tensor([1, 2]));
