import { testNotices } from "./_notices.ts";
import { apartMutants } from "./_mutants_apart.ts";

testNotices(apartMutants);
