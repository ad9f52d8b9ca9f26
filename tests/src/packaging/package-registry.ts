import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { ROOT, TARBALLS } from "./places.ts";

/** What of a manifest an installation needs. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A registry on this machine that has the packed tarballs and what they depend on. */
export interface PackageRegistry extends AsyncDisposable {
  readonly url: string;
}

/** Reads the manifest out of a tarball. */
export function readManifest(tarball: string): Manifest {
  const text = execFileSync("tar", ["-xzOf", tarball, "package/package.json"]);
  return JSON.parse(text.toString("utf8")) as Manifest;
}

/** Packages of this workspace as they would be published. */
export function listTarballs(): readonly string[] {
  return readdirSync(TARBALLS).map((file) => join(TARBALLS, file));
}

/**
 * Starts a registry from which the tarballs install without a network: packages
 * of others come from what is installed in this workspace.
 */
export async function startPackageRegistry(): Promise<PackageRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "olla-registry-"));
  const tarballs = [...listTarballs(), ...packDependencies(folder)];
  const files = new Map(tarballs.map((tarball) => [basename(tarball), tarball]));
  const packages = new Map(
    tarballs.map((tarball) => [readManifest(tarball).name, tarball] as const),
  );
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const file = files.get(basename(path));
    const tarball = packages.get(path);
    if (path.startsWith("tarballs/") && file !== undefined) response.end(readFileSync(file));
    else if (tarball !== undefined) response.end(JSON.stringify(toDocument(tarball, url)));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** A package with its only version, as registries describe it. */
function toDocument(tarball: string, url: string): Readonly<Record<string, unknown>> {
  const manifest = readManifest(tarball);
  const { name, version } = manifest;
  const digest = createHash("sha512").update(readFileSync(tarball)).digest("base64");
  const dist = { tarball: `${url}/tarballs/${basename(tarball)}`, integrity: `sha512-${digest}` };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
  };
}

/** Packs what the packages of this workspace depend on, and all that depends on in turn. */
function packDependencies(folder: string): readonly string[] {
  const places = new Set<string>();
  for (const parent of ["packages", "apps"]) {
    for (const name of readdirSync(join(ROOT, parent))) {
      const place = join(ROOT, parent, name);
      if (existsSync(join(place, "package.json"))) {
        collectDependencies(place, join(place, "node_modules"), places);
      }
    }
  }
  return [...places].map((place) => {
    const tarball = join(folder, `${place.slice(1).replaceAll("/", "-")}.tgz`);
    // Files of one content are one file under several names there, and npm unpacks no links.
    const how = ["--hard-dereference", "--exclude=./node_modules", "--transform=s,^[.],package,"];
    execFileSync("tar", ["-czf", tarball, ...how, "-C", place, "."]);
    return tarball;
  });
}

function collectDependencies(place: string, modules: string, places: Set<string>): void {
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(place, "package.json"), "utf8"),
  ) as Manifest;
  for (const name of Object.keys(dependencies)) {
    const found = realpathSync(join(modules, name));
    if (!found.includes("node_modules") || places.has(found)) continue;
    places.add(found);
    // pnpm puts the dependencies of a package beside it.
    collectDependencies(found, found.slice(0, -name.length), places);
  }
}
