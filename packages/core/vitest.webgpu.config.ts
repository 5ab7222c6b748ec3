import { webgpuTests } from "../../scripts/webgpuTests.mjs";

export default webgpuTests();
