#!/usr/bin/env node
/**
 * The command line of the package:
 *
 *   npx @graddiff/onnx launcher FOLDER    copies train.py into a folder
 */

import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = `Usage: npx @graddiff/onnx launcher FOLDER

Copies train.py into FOLDER: it trains the files of exportTrainingStep on any number of processes, with
python3 and its packages numpy, onnxruntime, torch and safetensors.`;

const [command, folder, ...rest] = process.argv.slice(2);
if (command === "launcher" && folder !== undefined && rest.length === 0) {
  const path = join(folder, "train.py");
  try {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(dirname(fileURLToPath(import.meta.url)), "../launcher/train.py"), path);
    console.log(`${path} is there; python3 ${path} --help tells its options`);
  } catch (error) {
    console.error(`train.py cannot be written: ${(error as Error).message}`);
    process.exitCode = 1;
  }
} else if (command === "--help" || command === "-h") {
  console.log(USAGE);
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
