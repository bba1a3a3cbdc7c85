// Rows into columns, and columns by row numbers. `rows` are u32 addresses of rows; address 0 reads as zero bytes and so as
// NULL (page 0 of the memory is never written).

/** out[i] = the value at `offset` of row i. */
export function gatherRows1(n: i32, rows: usize, offset: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(out + i, load<u8>(<usize>load<u32>(rows + (i << 2)) + offset))
}

export function gatherRows4(n: i32, rows: usize, offset: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(out + (i << 2), load<u32>(<usize>load<u32>(rows + (i << 2)) + offset))
  }
}

export function gatherRows8(n: i32, rows: usize, offset: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u64>(out + (i << 3), load<u64>(<usize>load<u32>(rows + (i << 2)) + offset))
  }
}

export function gatherRows16(n: i32, rows: usize, offset: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    v128.store(out + (i << 4), v128.load(<usize>load<u32>(rows + (i << 2)) + offset))
  }
}

/** Integer keys are 8 bytes in rows: back to their own width. */
export function gatherRowsNarrow1(n: i32, rows: usize, offset: i32, out: usize): void {
  gatherRows1(n, rows, offset, out)
}

export function gatherRowsNarrow4(n: i32, rows: usize, offset: i32, out: usize): void {
  gatherRows4(n, rows, offset, out)
}

/** Validity bytes from the bit of a column; returns how many are NULL. */
export function gatherValidity(n: i32, rows: usize, bitOffset: i32, bit: i32, out: usize): i32 {
  let nulls = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const valid = (load<u8>(<usize>load<u32>(rows + (i << 2)) + bitOffset) >> <u8>bit) & 1
    store<u8>(out + i, valid)
    nulls += <i32>(valid ^ 1)
  }
  return nulls
}

/** Addresses of n rows, `stride` bytes apart. */
export function rowAddresses(n: i32, rows: usize, stride: i32, out: usize): void {
  let row = <u32>rows
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(out + (i << 2), row)
    row += stride
  }
}

/** out[i] = data[selection[i]], by width. */
export function take1(n: i32, selection: usize, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(out + i, load<u8>(data + <usize>load<u32>(selection + (i << 2))))
}

export function take4(n: i32, selection: usize, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(out + (i << 2), load<u32>(data + (<usize>load<u32>(selection + (i << 2)) << 2)))
  }
}

export function take8(n: i32, selection: usize, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u64>(out + (i << 3), load<u64>(data + (<usize>load<u32>(selection + (i << 2)) << 3)))
  }
}

export function take16(n: i32, selection: usize, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    v128.store(out + (i << 4), v128.load(data + (<usize>load<u32>(selection + (i << 2)) << 4)))
  }
}
