// Moving values by row number: gather (out[i] = in[rows[i]]), scatter (out[rows[i]] = in[i]) and fill.

// @ts-ignore: decorator
@inline
function gather<T>(source: usize, rows: usize, n: i32, out: usize): void {
  const shift = alignof<T>()
  for (let i = 0; i < n; i++) {
    store<T>(out + (<usize>i << shift), load<T>(source + (<usize>load<u32>(rows + (<usize>i << 2)) << shift)))
  }
}

export function gatherI8(source: usize, rows: usize, n: i32, out: usize): void {
  gather<u8>(source, rows, n, out)
}
export function gatherI32(source: usize, rows: usize, n: i32, out: usize): void {
  gather<u32>(source, rows, n, out)
}
export function gatherI64(source: usize, rows: usize, n: i32, out: usize): void {
  gather<u64>(source, rows, n, out)
}
export function gatherI128(source: usize, rows: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    v128.store(out + (<usize>i << 4), v128.load(source + (<usize>load<u32>(rows + (<usize>i << 2)) << 4)))
  }
}

// @ts-ignore: decorator
@inline
function scatter<T>(source: usize, rows: usize, n: i32, out: usize): void {
  const shift = alignof<T>()
  for (let i = 0; i < n; i++) {
    store<T>(out + (<usize>load<u32>(rows + (<usize>i << 2)) << shift), load<T>(source + (<usize>i << shift)))
  }
}

export function scatterI8(source: usize, rows: usize, n: i32, out: usize): void {
  scatter<u8>(source, rows, n, out)
}
export function scatterI32(source: usize, rows: usize, n: i32, out: usize): void {
  scatter<u32>(source, rows, n, out)
}
export function scatterI64(source: usize, rows: usize, n: i32, out: usize): void {
  scatter<u64>(source, rows, n, out)
}
export function scatterI128(source: usize, rows: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    v128.store(out + (<usize>load<u32>(rows + (<usize>i << 2)) << 4), v128.load(source + (<usize>i << 4)))
  }
}

/** `n` copies of the value at `source`; the widths are 1, 4, 8 and 16 bytes. */
export function fillI8(value: i32, n: i32, out: usize): void {
  memory.fill(out, <u8>value, n)
}
export function fillI32(source: usize, n: i32, out: usize): void {
  const value = i32x4.splat(load<i32>(source))
  for (let i = 0; i < n; i += 4) v128.store(out + (<usize>i << 2), value)
}
export function fillI64(source: usize, n: i32, out: usize): void {
  const value = i64x2.splat(load<i64>(source))
  for (let i = 0; i < n; i += 2) v128.store(out + (<usize>i << 3), value)
}
export function fillI128(source: usize, n: i32, out: usize): void {
  const value = v128.load(source)
  for (let i = 0; i < n; i++) v128.store(out + (<usize>i << 4), value)
}

/** The row numbers base, base + 1, ... */
export function fillRows(base: u32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<u32>(out + (<usize>i << 2), base + i)
}

export function copyBytes(source: usize, byteCount: usize, out: usize): void {
  memory.copy(out, source, byteCount)
}

/**
 * Views of list elements behind the lists that `rows` name: writes the children's row numbers to `childRows`, and each list's
 * new start and count to `out`. The caller gives room for all children (see countListChildren).
 */
export function gatherLists(source: usize, rows: usize, validity: usize, n: i32, out: usize, childRows: usize): i32 {
  let next = 0
  for (let i = 0; i < n; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2))
    const start = load<u32>(source + (row << 3))
    const count = validity != 0 && load<u8>(validity + row) == 0 ? <u32>0 : load<u32>(source + (row << 3), 4)
    store<u32>(out + (<usize>i << 3), next)
    store<u32>(out + (<usize>i << 3), count, 4)
    for (let j: u32 = 0; j < count; j++) {
      store<u32>(childRows + (<usize>next << 2), start + j)
      next++
    }
  }
  return next
}

/** How many children the lists that `rows` name have; -1 beyond 2^28 (a guard for the caller's allocation). */
export function countListChildren(source: usize, rows: usize, validity: usize, n: i32): i32 {
  let total: i64 = 0
  for (let i = 0; i < n; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2))
    if (validity != 0 && load<u8>(validity + row) == 0) continue
    total += load<u32>(source + (row << 3), 4)
  }
  return total > 1 << 28 ? -1 : <i32>total
}
