import { assertEquals } from "@std/assert";
import { trace } from "@cofn/coroutine";
import { assertConforms, conform } from "@cofn/coroutine/model";
import { coMutexBinding } from "../../../model/conformance/locks/co_mutex.ts";
import { coroutineBinding } from "../../../model/conformance/core/coroutine.ts";
import { coMutex } from "../../../model/specs/locks/co_mutex.ts";
import { coroutine } from "../../../model/specs/core/coroutine.ts";

Deno.test("while a listener is told of everything, all does what the model says as well", () => {
  const kinds = new Set<string>();
  {
    using _ = trace((event) => void kinds.add(event.type));
    assertConforms(conform(coroutine({ coroutines: 3 }), coroutineBinding({ coroutines: 3 })));
    assertConforms(
      conform(
        coMutex({ coroutines: 3, mutexes: 1 }),
        coMutexBinding({ coroutines: 3, mutexes: 1 }),
      ),
    );
  }
  assertEquals(kinds.size >= 6, true, [...kinds].join());
});
