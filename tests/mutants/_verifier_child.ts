/**
 * Verifies one scope after the other, as it is told on its standard input, in a copy of the project: each in a Worker
 * of its own, which reads the files as they are then. To start Deno for each would take longer than most of
 * them.
 *
 * @module
 */
import { type Job, jobs } from "../../model/verify/jobs.ts";
import { verifyAll } from "../../model/verify/run.ts";
import { json } from "../../model/verify/text.ts";

/** Which scope to verify: the first one of its spec, if none is named. */
export interface Asked {
  readonly spec: string;
  readonly at?: string;
}

/** What `verify --json` says of it. */
async function verify(job: Job): Promise<string> {
  const options = { atATime: 1, begins: () => true, onProgress: () => {} };
  for await (const { verdict, error } of verifyAll([job], options)) {
    if (verdict !== null) return json(job, verdict, undefined);
    return JSON.stringify({ spec: job.name, scope: job.scope, ok: false, error: error?.message });
  }
  throw new Error(`[internal] Nothing was said of ${job.name}`);
}

function jobOf({ spec, at }: Asked): Job {
  const job = jobs.find(({ name, scope }) => name === spec && (at === undefined || at === scope));
  if (job === undefined) throw new Error(`There is no ${spec}${at === undefined ? "" : `: ${at}`}`);
  return job;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const say = async (line: string): Promise<void> => {
    let bytes = encoder.encode(`${line}\n`);
    while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
  };
  // What a Worker reads must not be read by us before: this thread has its files already.
  await say("ready");
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const piece of lines) {
    text += piece;
    for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1)) {
      const asked: Asked = JSON.parse(text.slice(0, end));
      let said: string;
      try {
        said = await verify(jobOf(asked));
      } catch (error) {
        said = JSON.stringify({ ok: false, error: `${error}` });
      }
      await say(said);
    }
  }
  // A Worker that hangs is not ended by anything else.
  Deno.exit(0);
}
