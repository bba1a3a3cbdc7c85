/** The functions of the system by name. A new one: an entry in a file of functions/. */
import type { UserFunction } from '../../plan/bind/user-function.ts'
import { type SystemFunctionDefinition, userFunctions } from './define-system-function.ts'
import { objectFunctions } from './functions/object-functions.ts'
import { privilegeFunctions } from './functions/privilege-functions.ts'
import { routineFunctions } from './functions/routine-functions.ts'
import { sessionFunctions } from './functions/session-functions.ts'
import { sizeFunctions } from './functions/size-functions.ts'
import { systemMacros } from './functions/system-macros.ts'
import type { SystemSnapshot } from './system-snapshot.ts'

const BY_NAME: ReadonlyMap<string, SystemFunctionDefinition> = new Map(
  [...sessionFunctions, ...objectFunctions, ...privilegeFunctions, ...routineFunctions, ...sizeFunctions].map((one) => [
    one.name,
    one,
  ]),
)

/** The functions of a name; none for other names. `load` gives the snapshot, and is not called where it is not needed. */
export async function systemFunctions(
  name: string,
  load: () => Promise<SystemSnapshot>,
): Promise<readonly UserFunction[]> {
  const macros = systemMacros(name)
  if (macros.length > 0) return macros
  const definition = BY_NAME.get(name)
  if (definition === undefined) return []
  const snapshot = await load()
  await definition.prepare?.(snapshot)
  return userFunctions(definition, snapshot)
}
