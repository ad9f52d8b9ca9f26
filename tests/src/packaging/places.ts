import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the workspace. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Where `pnpm pack:all` puts the packages. */
export const TARBALLS: string = join(ROOT, "dist", "tarballs");

/** Where `pnpm build:bundle` puts the bundle. */
export const BUNDLE: string = join(ROOT, "dist", "bundle");

/** Where `pnpm build:executable` puts the single executable. */
export const EXECUTABLE: string = join(ROOT, "dist", "executable");
