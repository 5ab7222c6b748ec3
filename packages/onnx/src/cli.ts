#!/usr/bin/env node
/**
 * The command line of the package:
 *
 *   npx @graddiff/onnx launcher FOLDER    copies train.py into a folder
 */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = `Usage: npx @graddiff/onnx launcher FOLDER

Copies train.py into FOLDER: it trains the files of exportTrainingStep on any number of processes, with
python3 and its packages numpy, onnxruntime, torch and safetensors.`;

const [command, folder, ...rest] = process.argv.slice(2);
if (command === "launcher" && folder !== undefined && rest.length === 0) {
  const path = join(folder, "train.py");
  try {
    const own = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../launcher/train.py"));
    mkdirSync(folder, { recursive: true });
    // The file may have been changed, or belong to an older package.
    if (existsSync(path) && !readFileSync(path).equals(own)) {
      renameSync(path, `${path}.old`);
      console.log(`${path} was another one, which is ${path}.old now`);
    }
    writeFileSync(path, own);
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
