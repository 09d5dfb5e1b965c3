import { testNotices } from "./_notices.ts";
import { callbackMutants } from "./_mutants_callbacks.ts";

testNotices(callbackMutants);
