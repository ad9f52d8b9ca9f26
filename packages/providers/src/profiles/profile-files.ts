import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** Where profile files come from. */
export interface ProfileFiles {
  /** Paths of all files below the folder, sub-folders included; empty when it does not exist. */
  list(directory: string): readonly string[];
  /** Text of one file. @throws when it cannot be read */
  read(file: string): string;
}

/** The file system. */
export const profileFilesOnDisk: ProfileFiles = {
  list(directory) {
    try {
      const found = readdirSync(directory, { recursive: true, encoding: "utf8" });
      return found.filter((file) => !isHidden(file)).map((file) => join(directory, file));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  },
  read: (file) => readFileSync(file, "utf8"),
};

/** Kubernetes mounts a second copy of every file in folders that start with `..`. */
function isHidden(file: string): boolean {
  return file.split(sep).some((part) => part.startsWith("."));
}
