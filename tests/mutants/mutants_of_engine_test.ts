import { testNotices } from "./_notices.ts";
import { engineMutants } from "./_mutants_engine.ts";

testNotices(engineMutants);
