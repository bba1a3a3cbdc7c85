// Makes and fills tables until it is killed; says after each statement what is committed. Arguments: directory, number of the first row.
import { open } from '../../dist/src/index.js'

const [directory, first] = process.argv.slice(2)
const db = await open({ catalog: directory, threads: 1, memoryLimit: '64MB' })
process.stdout.write('ready\n')
for (let i = Number(first); ; i++) {
  await db.query(`insert into appended select ${i} as batch, n::int from generate_series(1, 10) as g(n)`)
  process.stdout.write(`appended ${i}\n`)
  await db.query(
    `create or replace table replaced as select ${i} as batch, n::int as n from generate_series(1, 10) as g(n)`,
  )
  process.stdout.write(`replaced ${i}\n`)
  await db.query(
    `create table made_${i} partitioned by (n) as select ${i} as batch, (n % 3)::int as n from generate_series(1, 10) as g(n)`,
  )
  process.stdout.write(`made ${i}\n`)
}
