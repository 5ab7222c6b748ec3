import { webgpuTests } from "../../scripts/webgpuTests.mjs";

export default webgpuTests(
  ["test/webgpu/{memory,races,reference}.test.ts"],
  ["test/webgpu/page.test.ts"],
);
