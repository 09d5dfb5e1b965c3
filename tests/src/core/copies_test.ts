import { assertStringIncludes } from "@std/assert";
import { CoMutex, Coroutine, type SharedCoMutex } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { errorOf } from "../_helpers.ts";

needing("run", "read", "write")(
  "whoever waits by one copy of the module inside a coroutine of another one is told so",
  async () => {
    const dir = await Deno.makeTempDir();
    const src = new URL("../../../src", import.meta.url).pathname;
    await new Deno.Command("cp", { args: ["-r", src, `${dir}/src`] }).output();
    const other: { CoMutex: typeof CoMutex } = await import(`file://${dir}/src/locks/co_mutex.ts`);
    const shared: { SharedCoMutex: typeof SharedCoMutex } = await import(
      `file://${dir}/src/shared/shared_co_mutex.ts`
    );
    const theirShared = new shared.SharedCoMutex("theirs");
    const [mine, theirs] = [new CoMutex("mine"), new other.CoMutex("theirs")];
    const texts: string[] = [];
    Coroutine.named("job", function* () {
      texts.push(`${errorOf(() => theirs.lock())}`, `${errorOf(() => theirs.unlock())}`);
      texts.push(`${errorOf(() => theirShared.lock())}`);
      yield* mine.lock();
      mine.unlock();
    }).enter();
    for (const text of texts) {
      assertStringIncludes(
        text,
        `no coroutine of this copy of @cofn/coroutine runs here (file://${dir}/src/core/_copies.ts), but ` +
          'coroutine "job" of another copy does (file://',
      );
      assertStringIncludes(text, "import all of it from one place, in one version");
    }
    assertStringIncludes(`${errorOf(() => mine.lock())}`, "no coroutine runs here");
    await Deno.remove(dir, { recursive: true });
  },
);
