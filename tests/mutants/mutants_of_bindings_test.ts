import { testNotices } from "./_notices.ts";
import { bindingMutants } from "./_mutants_bindings.ts";

testNotices(bindingMutants);
