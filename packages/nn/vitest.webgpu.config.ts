import { webgpuTests } from "../../scripts/webgpuTests.mjs";

export default webgpuTests(["test/webgpu/page.test.ts"]);
