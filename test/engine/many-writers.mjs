// Commits to tables that other processes write to as well. Arguments: directory, number of the writer, number of commits (0: until it is killed).
import { open } from '../../dist/src/index.js'

const [directory, writer, commits] = process.argv.slice(2).map((text, i) => (i === 0 ? text : Number(text)))
const db = await open({ catalog: directory, threads: 1, memoryLimit: '64MB' })
const run = async (sql) => (await db.query(sql)).rows()

/** Again and again, for as long as others win. */
async function retried(statements) {
  for (;;) {
    try {
      for (const sql of statements) await run(sql)
      return
    } catch (error) {
      if (error.sqlstate !== '40001' && error.sqlstate !== '25P02') throw error
      await run('rollback')
    }
  }
}

process.stdout.write('ready\n')
for (let i = 1; commits === 0 || i <= commits; i++) {
  const row = `values (${writer}, ${i})`
  if (i % 5 === 0) await retried(['begin', `insert into both_a ${row}`, `insert into both_b ${row}`, 'commit'])
  else if (i % 5 === 1) await retried([`update counters set n = n + 1 where k = ${i % 2}`])
  else await run(`insert into rows ${row}`)
  process.stdout.write(`${i}\n`)
}
await db.close()
