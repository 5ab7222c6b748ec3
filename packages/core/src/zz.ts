import { grad } from "./index.ts";
export const r = grad((x) => x.mul(x))(3).item();
