/** Number of the module's calling convention: lets a test see that the module is loaded at all. */
export function version(): i32 {
  return 1
}
