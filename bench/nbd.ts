/**
 * The NBD server of `examples/nbd` beside nbdkit and qemu-nbd, each with 64 MiB of memory, and beside nbdkit's file
 * plugin with a file of 64 MiB, over Unix sockets, by `fio`; in turn, on the same machine, in one run:
 *
 *     deno run -A bench/nbd.ts [--rounds N] [--seconds N] [--only memory|file] [--json]
 *
 * It needs fio with its nbd engine, nbdkit, qemu-nbd and nbdcopy (Debian: fio, nbdkit, qemu-utils,
 * libnbd-bin).
 *
 * @module
 */
import { parseArgs } from "node:util";
import { atLeastOne, called, chosen } from "./_arguments.ts";
import { quantile } from "./_measure.ts";

const HELP = `deno run -A bench/nbd.ts [--rounds N] [--seconds N] [--only memory|file] [--json]

Measures the NBD server of examples/nbd beside nbdkit and qemu-nbd, by fio, in turn. It needs fio with
its nbd engine, nbdkit, qemu-nbd and nbdcopy.

  --rounds N    how many rounds (default 5)
  --seconds N   how long each job takes (default 3)
  --only KIND   memory or file (default both)
  --json        one object a line
  --help        this text`;

const SIZE = "64M";

const JOBS = [
  { job: "4 KiB random reads, 16 at once", args: ["--rw=randread", "--bs=4k", "--iodepth=16"] },
  { job: "4 KiB random writes, 16 at once", args: ["--rw=randwrite", "--bs=4k", "--iodepth=16"] },
  { job: "1 MiB reads in a row, 4 at once", args: ["--rw=read", "--bs=1m", "--iodepth=4"] },
] as const;

/** Those with memory, and those with a file; each is compared with nbdkit. */
const SERVERS = {
  memory: ["cofn", "nbdkit", "qemu-nbd"],
  file: ["cofn, a file", "nbdkit, a file"],
} as const;
type Kind = keyof typeof SERVERS;
type Server = typeof SERVERS[Kind][number];

/** How each of them is started. */
function commandOf(server: Server, socket: string, disk: string): Deno.Command {
  const quiet = { stdout: "null", stderr: "null" } as const;
  const main = new URL("../examples/nbd/main.ts", import.meta.url).pathname;
  const config = new URL("../deno.json", import.meta.url).pathname;
  const ours = ["run", "-A", "--config", config, main, "--socket", socket];
  const nbdkit = ["-f", "-U", socket];
  switch (server) {
    case "cofn":
      return new Deno.Command(Deno.execPath(), { args: [...ours, "--memory", SIZE], ...quiet });
    case "cofn, a file":
      return new Deno.Command(Deno.execPath(), { args: [...ours, "--file", disk], ...quiet });
    case "nbdkit":
      return new Deno.Command("nbdkit", { args: [...nbdkit, "memory", SIZE], ...quiet });
    case "nbdkit, a file":
      return new Deno.Command("nbdkit", { args: [...nbdkit, "file", disk], ...quiet });
    case "qemu-nbd":
      // A file that lies in memory: it has no disk of its own there.
      return new Deno.Command("qemu-nbd", {
        args: ["-t", "-k", socket, "-f", "raw", "-e", "4", disk],
        ...quiet,
      });
  }
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) {
    throw new Error(`Cannot measure: ${command} has failed: ${new TextDecoder().decode(stderr)}`);
  }
  return new TextDecoder().decode(stdout);
}

interface Figures {
  readonly iops: number;
  readonly bw_bytes: number;
}

async function measure(socket: string, args: readonly string[], seconds: number): Promise<Figures> {
  const text = await run("fio", [
    "--name=nbd",
    "--ioengine=nbd",
    `--uri=nbd+unix:///?socket=${socket}`,
    "--size=64m",
    "--time_based",
    `--runtime=${seconds}`,
    "--output-format=json",
    ...args,
  ]);
  // It says first that it is connected.
  const [job] = JSON.parse(text.slice(text.indexOf("{"))).jobs;
  return args.some((arg) => arg.includes("write")) ? job.write : job.read;
}

async function main(): Promise<void> {
  const settings = called(HELP, () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "3" },
        only: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return {
      ...values,
      rounds: atLeastOne("--rounds", values.rounds),
      seconds: atLeastOne("--seconds", values.seconds),
      only: chosen("--only", values.only, ["memory", "file"] as const),
    };
  });
  for (const kind of settings.only) await measureAll(kind, settings);
}

/** Measures the servers of one kind, round by round. */
async function measureAll(
  kind: Kind,
  { rounds, seconds, json }: { rounds: number; seconds: number; json: boolean },
): Promise<void> {
  const servers: readonly Server[] = SERVERS[kind];
  const directory = await Deno.makeTempDir();
  const shared = await Deno.makeTempDir({ dir: "/dev/shm" });
  // Noise, as nobody need keep zeroes.
  const noise = new Uint8Array(64 << 20);
  for (let at = 0; at < noise.length; at += 65_536) {
    crypto.getRandomValues(noise.subarray(at, at + 65_536));
  }
  const source = `${shared}/source`;
  await Deno.writeFile(source, noise);
  const socketOf = (server: Server): string => `${directory}/${servers.indexOf(server)}`;
  const running: Deno.ChildProcess[] = [];
  try {
    for (const server of servers) {
      // qemu-nbd has no memory of its own: it gets a file that lies in memory.
      const disk = `${kind === "file" ? directory : shared}/disk ${servers.indexOf(server)}`;
      await Deno.writeFile(disk, noise);
      running.push(commandOf(server, socketOf(server), disk).spawn());
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
    for (const server of servers) {
      await run("nbdcopy", [source, `nbd+unix:///?socket=${socketOf(server)}`]);
    }
    for (const { job, args } of JOBS) {
      const all = new Map<Server, Figures[]>(servers.map((server) => [server, []]));
      for (let round = 0; round < rounds; round++) {
        for (const server of servers) {
          all.get(server)?.push(await measure(socketOf(server), args, seconds));
        }
      }
      report(job, all, json);
    }
  } finally {
    for (const server of running) server.kill("SIGTERM");
    await Promise.all(running.map((server) => server.status));
    await Deno.remove(directory, { recursive: true });
    await Deno.remove(shared, { recursive: true });
  }
}

/** The medians, and how they stand to those of nbdkit, round by round. */
function report(job: string, all: ReadonlyMap<Server, readonly Figures[]>, json: boolean): void {
  const others = all.get("nbdkit") ?? all.get("nbdkit, a file") ?? [];
  for (const [server, figures] of all) {
    const median = (of: (f: Figures) => number): number => quantile(figures.map(of), 0.5);
    const x = quantile(figures.map(({ iops }, i) => iops / (others[i]?.iops ?? NaN)), 0.5);
    const row = {
      job,
      server,
      requestsPerSecond: Math.round(median(({ iops }) => iops)),
      megabytesPerSecond: Math.round(median(({ bw_bytes }) => bw_bytes) / 1e6),
      timesNbdkit: Number(x.toFixed(2)),
    };
    // deno-lint-ignore no-console -- its output
    console.log(
      json
        ? JSON.stringify(row)
        : `${job.padEnd(34)} ${server.padEnd(14)} ${`${row.requestsPerSecond}`.padStart(8)}/s ` +
          `${`${row.megabytesPerSecond}`.padStart(6)} MB/s ${x.toFixed(2).padStart(6)}x`,
    );
  }
}

if (import.meta.main) await main();
