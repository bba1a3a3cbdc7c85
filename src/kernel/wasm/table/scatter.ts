// Columns into rows. A row begins with 8 bytes: u32 next, u8 flags, and from byte 5 a bit a column (1 = not NULL; in bytes
// of their own from byte 8 when there are more than 24 columns). Rows of a call lie `stride` bytes apart from `rows` on.
// `selection` (u32 row numbers; 0 = the rows 0..n-1) says which input rows are taken. NULLs are stored as zero bytes, so
// that keys can be compared by their bytes.

/** Sets the first word of n rows and `validityWords` words after it, which are set to all ones. */
export function initRows(n: i32, rows: usize, stride: i32, header: u64, validityWords: i32): void {
  let row = rows
  for (let i = 0; i < n; i++) {
    store<u64>(row, header)
    for (let w = 0; w < validityWords; w++) store<u64>(row + 8 + (<usize>w << 3), <u64>-1)
    row += stride
  }
}

// @ts-ignore: decorator
@inline
function at(selection: usize, i: usize): usize {
  return selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
}

// @ts-ignore: decorator
@inline
function convert<T, U>(p: usize): U {
  const value = load<T>(p)
  if (isFloat<T>()) {
    // Keys compare by bytes: one zero, one NaN.
    if (value != value) return <U>NaN
    return <U>(value + <T>0)
  }
  return <U>value
}

// @ts-ignore: decorator
@inline
function scatter<T, U>(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  let row = rows
  if (validity == 0) {
    if (selection == 0) {
      for (let i: usize = 0; i < <usize>n; i++) {
        store<U>(row + offset, isFloat<T>() ? convert<T, U>(data + i * sizeof<T>()) : <U>load<T>(data + i * sizeof<T>()))
        row += stride
      }
    } else {
      for (let i: usize = 0; i < <usize>n; i++) {
        const r = <usize>load<u32>(selection + (i << 2))
        store<U>(row + offset, isFloat<T>() ? convert<T, U>(data + r * sizeof<T>()) : <U>load<T>(data + r * sizeof<T>()))
        row += stride
      }
    }
    return
  }
  const clear = ~(<u8>1 << <u8>bit)
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = at(selection, i)
    if (load<u8>(validity + r)) {
      store<U>(row + offset, convert<T, U>(data + r * sizeof<T>()))
    } else {
      store<U>(row + offset, <U>0)
      store<u8>(row + bitOffset, load<u8>(row + bitOffset) & clear)
    }
    row += stride
  }
}

/** Integers of 1 byte; `bitOffset` and `bit`: where the column's validity bit is. So in all of this family. */
export function scatterI8(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i8, i8>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

export function scatterI32(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i32, i32>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

export function scatterI64(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i64, i64>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

/** Widened to 8 bytes: integer keys are i64 in rows. */
export function scatterI8Wide(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i8, i64>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

export function scatterI32Wide(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i32, i64>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

/** Keys: -0 becomes 0 and every NaN the same NaN. */
export function scatterF32Key(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<f32, f32>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

export function scatterF64Key(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<f64, f64>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

export function scatterB128(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  const clear = ~(<u8>1 << <u8>bit)
  let row = rows
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = at(selection, i)
    if (validity == 0 || load<u8>(validity + r)) {
      v128.store(row + offset, v128.load(data + (r << 4)))
    } else {
      v128.store(row + offset, i64x2.splat(0))
      store<u8>(row + bitOffset, load<u8>(row + bitOffset) & clear)
    }
    row += stride
  }
}

/** Views without their bytes: rows that do not outlive the input. */
export function scatterViews(
  n: i32, selection: usize, data: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32, bit: i32,
): void {
  scatter<i64, i64>(n, selection, data, validity, rows, stride, offset, bitOffset, bit)
}

// @ts-ignore: decorator
@inline
export function copyBytes(to: usize, from: usize, length: u32): void {
  if (length <= 32) {
    // Both sides may be over-run by up to 64 bytes.
    v128.store(to, v128.load(from))
    if (length > 16) v128.store(to + 16, v128.load(from + 16))
  } else {
    memory.copy(to, from, length)
  }
}

/**
 * Strings with their bytes: views are stored in the rows, bytes are copied to a heap. `heap` points to two u32: next free
 * address and end. Starts at input `from`; stops when the heap is full. Returns the inputs done.
 */
export function scatterStrings(
  from: i32, n: i32, selection: usize, views: usize, validity: usize, rows: usize, stride: i32, offset: i32, bitOffset: i32,
  bit: i32, heap: usize,
): i32 {
  const clear = ~(<u8>1 << <u8>bit)
  let free = <usize>load<u32>(heap)
  const end = <usize>load<u32>(heap, 4)
  let row = rows + <usize>from * <usize>stride
  let i = from
  for (; i < n; i++) {
    const r = at(selection, i)
    if (validity == 0 || load<u8>(validity + r)) {
      const source = <usize>load<u32>(views + (r << 3))
      const length = load<u32>(views + (r << 3), 4)
      if (<u64>free + length > <u64>end) break
      copyBytes(free, source, length)
      store<u32>(row + offset, free)
      store<u32>(row + offset, length, 4)
      free += length
    } else {
      store<u64>(row + offset, 0)
      store<u8>(row + bitOffset, load<u8>(row + bitOffset) & clear)
    }
    row += stride
  }
  store<u32>(heap, free)
  return i
}

/** As scatterStrings, for codes: `copies` are views of the dictionary's strings in the heap, 0 where there is none yet. */
export function scatterCodes(
  from: i32, n: i32, selection: usize, codes: usize, views: usize, copies: usize, validity: usize, rows: usize, stride: i32,
  offset: i32, bitOffset: i32, bit: i32, heap: usize,
): i32 {
  const clear = ~(<u8>1 << <u8>bit)
  let free = <usize>load<u32>(heap)
  const end = <usize>load<u32>(heap, 4)
  let row = rows + <usize>from * <usize>stride
  let i = from
  for (; i < n; i++) {
    const r = at(selection, i)
    if (validity == 0 || load<u8>(validity + r)) {
      const code = <usize>load<u32>(codes + (r << 2)) << 3
      let view = load<u64>(copies + code)
      if (view == 0) {
        const source = <usize>load<u32>(views + code)
        const length = load<u32>(views + code, 4)
        if (<u64>free + length > <u64>end) break
        copyBytes(free, source, length)
        view = (<u64>length << 32) | <u64>free
        store<u64>(copies + code, view)
        free += length
      }
      store<u64>(row + offset, view)
    } else {
      store<u64>(row + offset, 0)
      store<u8>(row + bitOffset, load<u8>(row + bitOffset) & clear)
    }
    row += stride
  }
  store<u32>(heap, free)
  return i
}

/** Stores 64-bit words (hashes) in rows. */
export function scatterWords(n: i32, selection: usize, words: usize, rows: usize, stride: i32, offset: i32): void {
  let row = rows + offset
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u64>(row, load<u64>(words + (at(selection, i) << 3)))
    row += stride
  }
}
