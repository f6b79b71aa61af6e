// What `npm start`, `npm test`, `npm run check`, `npm run build` and `npm run bench` do. It runs before anything is installed,
// so it and the files in npm/ import nothing but Node.
import process from 'node:process';

const needed = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(
    `Cloister needs Node.js ${needed.join('.')} or later; this is ${process.versions.node}. Install a newer one from https://nodejs.org and try again.`,
  );
  process.exit(2);
}

const { tasks } = await import('./npm/tasks.mjs');
const [name = '', ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
if (task === undefined) {
  console.error(`There is no task ${JSON.stringify(name)}. There are: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
try {
  await task(args);
} catch (error) {
  // A step that failed has printed why; anything else is our own mistake and shows where it happened.
  if (error?.name !== 'StepFailed') console.error(error);
  else if (error.message !== '') console.error(error.message);
  process.exitCode = 1;
}
