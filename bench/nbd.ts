/**
 * The NBD server of `examples/nbd` beside nbdkit and qemu-nbd, each with 64 MiB of memory, over Unix
 * sockets, by `fio`; in turn, on the same machine, in one run:
 *
 *     deno run -A bench/nbd.ts [--rounds N] [--seconds N] [--json]
 *
 * It needs fio with its nbd engine, nbdkit, qemu-nbd and nbdcopy (Debian: fio, nbdkit, qemu-utils,
 * libnbd-bin).
 *
 * @module
 */
import { parseArgs } from "node:util";
import { quantile } from "./_measure.ts";

const SIZE = "64M";

const JOBS = [
  { job: "4 KiB random reads, 16 at once", args: ["--rw=randread", "--bs=4k", "--iodepth=16"] },
  { job: "4 KiB random writes, 16 at once", args: ["--rw=randwrite", "--bs=4k", "--iodepth=16"] },
  { job: "1 MiB reads in a row, 4 at once", args: ["--rw=read", "--bs=1m", "--iodepth=4"] },
] as const;

const SERVERS = ["cofn", "nbdkit", "qemu-nbd"] as const;
type Server = typeof SERVERS[number];

/** How each of them is started. */
function commandOf(server: Server, socket: string, disk: string): Deno.Command {
  const quiet = { stdout: "null", stderr: "null" } as const;
  switch (server) {
    case "cofn": {
      const main = new URL("../examples/nbd/main.ts", import.meta.url).pathname;
      const args = ["run", "-P", main, "--socket", socket, "--memory", SIZE];
      return new Deno.Command(Deno.execPath(), { args, ...quiet });
    }
    case "nbdkit":
      return new Deno.Command("nbdkit", { args: ["-f", "-U", socket, "memory", SIZE], ...quiet });
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

async function measure(socket: string, args: readonly string[], seconds: string): Promise<Figures> {
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
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
    },
  });
  const directory = await Deno.makeTempDir();
  const shared = await Deno.makeTempDir({ dir: "/dev/shm" });
  const disk = `${shared}/disk`;
  await Deno.writeFile(disk, new Uint8Array(64 << 20));
  const socketOf = (server: Server): string => `${directory}/${server}`;
  const running = SERVERS.map((server) => commandOf(server, socketOf(server), disk).spawn());
  try {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    for (const server of SERVERS) {
      await run("nbdcopy", [disk, `nbd+unix:///?socket=${socketOf(server)}`]);
    }
    for (const { job, args } of JOBS) {
      const all = new Map<Server, Figures[]>(SERVERS.map((server) => [server, []]));
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const server of SERVERS) {
          all.get(server)?.push(await measure(socketOf(server), args, values.seconds));
        }
      }
      report(job, all, values.json);
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
  const others = all.get("nbdkit") ?? [];
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
        : `${job.padEnd(34)} ${server.padEnd(9)} ${`${row.requestsPerSecond}`.padStart(8)}/s ` +
          `${`${row.megabytesPerSecond}`.padStart(6)} MB/s ${x.toFixed(2).padStart(6)}x`,
    );
  }
}

if (import.meta.main) await main();
