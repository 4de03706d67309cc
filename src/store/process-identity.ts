import { readFileSync, readlinkSync } from "node:fs";
import { statfs } from "node:fs/promises";

/**
 * Filesystems of one machine, by statfs magic (linux/magic.h): ext4, XFS, Btrfs, tmpfs, overlayfs. On any other (NFS, CFS, FUSE) the
 * folder may be shared by machines that look alike, such as clones of one function instance, and a process id proves nothing.
 */
const LOCAL = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630]);

/** This process on this machine since its start, for others who use the same folder; null where its end could not be told. */
export async function identifyProcess(dir: string): Promise<string | null> {
  try {
    const { type } = await statfs(dir);
    if (!LOCAL.has(type)) return null;
    return `${thisMachine()} ${process.pid}`;
  } catch {
    return null;
  }
}

/** Whether that process has certainly ended. False whenever it can't be told from here. */
export function hasEnded(identity: string): boolean {
  const [boot, namespace, pid] = identity.split(" ");
  try {
    if (`${boot} ${namespace}` !== thisMachine()) return false;
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** One start of one kernel, and in it one space of process ids (a container has its own). Throws where there is no /proc. */
function thisMachine(): string {
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
}
