import { webgpuTests } from "../../scripts/webgpuTests.mjs";

export default webgpuTests(["test/webgpu/fourier.test.ts"]);
