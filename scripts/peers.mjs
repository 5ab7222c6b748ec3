/**
 * Raises what packages ask of their peers in this repository to the present version, after `changeset version`:
 * from that version on, and below the next major one. The upper end is what changesets look at, which make every
 * package a major version where a peer leaves its range; below the lower end a package would not load.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const files = readdirSync("packages").map((name) => join("packages", name, "package.json"));
const manifests = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const versions = new Map(manifests.map(({ name, version }) => [name, version]));

manifests.forEach((manifest, i) => {
  const { peerDependencies: peers } = manifest;
  for (const name of Object.keys(peers ?? {})) {
    const version = versions.get(name);
    if (version !== undefined) peers[name] = `>=${version} <${Number.parseInt(version, 10) + 1}`;
  }
  if (peers) writeFileSync(files[i], `${JSON.stringify(manifest, null, 2)}\n`);
});
