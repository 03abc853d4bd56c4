import nodeModule from 'node:module';
const { RUNNER_TEMP } = process.env;
if (RUNNER_TEMP) nodeModule.enableCompileCache?.(`${RUNNER_TEMP}/istiops-compiled`);
const { post } = await import('./action.js');
await post();
