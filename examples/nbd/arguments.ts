/**
 * The arguments of the command.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { LIMITS, type Limits } from "./patience.ts";

/** How to call it. */
export const USAGE = `Usage: deno task nbd [--port P | --socket PATH [--mode MODE]]
                     (--memory SIZE | --file PATH) [--read-only] [--name EXPORT]
                     [--connections N] [--idle-timeout S] [--send-timeout S]

  --port P          listen on port P of 127.0.0.1 (10809 by default; 0 picks one)
  --socket PATH     listen on a Unix socket instead
  --mode MODE       who may connect to the socket (0600 by default: its owner)
  --memory SIZE     export zeroes in memory: bytes, or with K, M or G, such as 64M
  --file PATH       export a file that exists, or a block device
  --read-only       refuse whatever would change it
  --name EXPORT     the name of the export (the empty one by default)
  --connections N   serve N clients at once (16 by default); others wait
  --idle-timeout S  close a connection on which nothing has been asked for S seconds
                    (3600 by default; 0 for never); a handshake may take 30 s
  --send-timeout S  close a connection whose client has taken no replies for S seconds
                    (60 by default; 0 for never)
  --help            print this

The first SIGINT or SIGTERM lets it answer what it has accepted and end; for a second,
clients are told that it is closing. The next one ends it at once.`;

/** The command was called in a way that makes no sense. */
export class UsageError extends Error {
  static {
    this.prototype.name = "UsageError";
  }
}

/** What the command is to do. */
export interface Arguments {
  readonly listen:
    | { readonly kind: "port"; readonly port: number }
    | { readonly kind: "socket"; readonly path: string; readonly mode: number };
  readonly storage:
    | { readonly kind: "memory"; readonly size: number }
    | { readonly kind: "file"; readonly path: string };
  readonly readOnly: boolean;
  readonly connections: number;
  readonly limits: Limits;
  readonly name: string;
}

/**
 * Reads the arguments.
 *
 * @returns What to do; "help" if that was asked for.
 * @throws {UsageError} If they make no sense.
 */
export function argumentsOf(args: readonly string[]): Arguments | "help" {
  const values = parsed(args);
  if (values.help === true) return "help";
  const { port = "10809", socket, memory, file, connections = "16", name = "" } = values;
  if (socket !== undefined && values.port !== undefined) {
    throw new UsageError("Cannot listen: expected --port or --socket, got both");
  }
  if (values.mode !== undefined && socket === undefined) {
    throw new UsageError("Cannot take --mode: it is for a socket, and there is no --socket");
  }
  if ((memory === undefined) === (file === undefined)) {
    const got = memory === undefined ? "neither" : "both";
    throw new UsageError(`Cannot export: expected --memory or --file, got ${got}`);
  }
  return {
    listen: socket === undefined
      ? { kind: "port", port: numberOf("--port", port, 0, 65_535) }
      : { kind: "socket", path: pathOf("--socket", socket), mode: modeOf(values.mode ?? "0600") },
    storage: memory === undefined
      // INVARIANT: one of both is there.
      ? { kind: "file", path: pathOf("--file", file!) }
      : { kind: "memory", size: sizeOf(memory) },
    readOnly: values["read-only"] === true,
    connections: numberOf("--connections", connections, 1, 10_000),
    limits: {
      idleTime: timeOf("--idle-timeout", values["idle-timeout"]) ?? LIMITS.idleTime,
      sendTime: timeOf("--send-timeout", values["send-timeout"]) ?? LIMITS.sendTime,
    },
    name: nameOf(name),
  };
}

function parsed(args: readonly string[]) {
  const one = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: one,
        socket: one,
        memory: one,
        file: one,
        "read-only": flag,
        connections: one,
        mode: one,
        "idle-timeout": one,
        "send-timeout": one,
        name: one,
        help: flag,
      },
    }).values;
  } catch (error) {
    // parseArgs explains itself.
    throw new UsageError(error instanceof Error ? error.message : `${error}`);
  }
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const n = /^\d+$/.test(text) ? Number(text) : NaN;
  if (n >= least && n <= most) return n;
  throw new UsageError(
    `Cannot take ${option}: expected a number from ${least} to ${most}, got "${text}"`,
  );
}

/** Seconds as nanoseconds; 0 for no limit. */
function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (seconds <= 1e6) return seconds === 0 ? Infinity : seconds * 1e9;
  throw new UsageError(
    `Cannot take ${option}: expected a number of seconds from 0 to 1000000, got "${text}"`,
  );
}

function modeOf(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return parseInt(text, 8);
  throw new UsageError(`Cannot take --mode: expected one such as 0660, got "${text}"`);
}

function sizeOf(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const size = Number(digits) * 1024 ** " KMG".indexOf(unit.toUpperCase() || " ");
  if (size > 0 && Number.isSafeInteger(size)) return size;
  throw new UsageError(`Cannot take --memory: expected a size such as 64M, got "${text}"`);
}

function pathOf(option: string, path: string): string {
  if (path !== "") return path;
  throw new UsageError(`Cannot take ${option}: expected a path, got ""`);
}

function nameOf(name: string): string {
  const { length } = new TextEncoder().encode(name);
  if (length <= 4096) return name;
  throw new UsageError(`Cannot take --name: expected 4096 bytes at most, got ${length}`);
}
