#!/usr/bin/env node
// Solves a puzzle with a running trm_server and shows the model at work.
//
// Needs nothing but Node.js 18. Copy what you need: Client is the part for a game.

const SAMPLES = [
  '9.....8.53.1.......85.4.7.....7.5....3....92.2.....1..1....7......4..3.2....134..',
  '53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79',
];
const VERIFIED = 0, NOT_VERIFIED = 1, ERROR = 2, INTERRUPTED = 130;

const HELP = `usage: http_client.mjs [--url URL] [--puzzle NAME] [--mode stream|list|job] [FILE]

Solves a puzzle with a running trm_server and shows the model at work.

  --url URL      default: http://127.0.0.1:8080
  --puzzle NAME  default: sudoku
  --mode MODE    stream (default), list (each line is a board) or job
  FILE           board; -: standard input; none: a sample

TRM_API_KEY in the environment: the key, if the server wants one.
Exit status: 0 verified, 1 not verified, 2 error, 130 interrupted.`;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the server refused: its one error shape, {"error":{"code","message","field","type"}}. */
export class ServiceError extends Error {
  constructor(status, error) {
    super(`${error.code}: ${error.message}${error.field ? ` (field ${error.field})` : ''}`);
    Object.assign(this, { status, code: error.code, field: error.field });
  }
}

/** A trm_server. Calls throw ServiceError, or a TypeError of fetch when nobody answers. */
export class Client {
  /** With an AbortSignal, abort() ends what runs: the server then stops working on the board. */
  constructor(url, { key, signal, tries = 5 } = {}) {
    Object.assign(this, { url: url.replace(/\/+$/, ''), key, signal, tries });
  }

  /** One result, or with {boards: […]} {results: […]}: each a result or an error. */
  async solve(request) {
    return (await this.open('POST', '/v1/solve', request)).json();
  }

  /** Yields ['attempt' or 'step', data] as they come, then ['result', data] and ends. */
  async * solveInSteps(request) {
    const reply = await this.open('POST', '/v1/solve?stream=true', request);
    const decoder = new TextDecoder();
    let text = '';
    for await (const piece of reply.body) {  // server-sent events, an empty line after each
      text += decoder.decode(piece, { stream: true });
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
        if (name === undefined) continue;  // a comment: the server is still at it
        if (name === 'error') throw new ServiceError(null, JSON.parse(data).error);
        yield [name, JSON.parse(data)];
        if (name === 'result') return;
      }
    }
    throw new Error('the stream ended before the result');
  }

  /** The id of a solve that runs on while nobody waits. */
  async startJob(request) {
    return (await (await this.open('POST', '/v1/solve', { ...request, async: true })).json()).id;
  }

  /** {id, status: 'running', 'done' or 'failed', events, then result or error}. */
  async job(id) {
    return (await this.open('GET', `/v1/jobs/${id}`)).json();
  }

  async cancelJob(id) {
    this.signal = undefined;  // it may be what made us cancel
    await (await this.open('DELETE', `/v1/jobs/${id}`)).json();
  }

  async open(method, path, body) {
    const headers = { 'Content-Type': 'application/json' };
    if (this.key) headers.Authorization = `Bearer ${this.key}`;
    const options = { method, headers, signal: this.signal, body: body && JSON.stringify(body) };
    for (let left = this.tries - 1; ; --left) {
      const reply = await fetch(this.url + path, options);
      if (reply.ok) return reply;
      if (reply.status !== 429 || left <= 0) {
        const json = await reply.json().catch(() => null);
        const foreign = { code: 'no_trm_server', message: `${this.url} is no trm_server` };
        throw new ServiceError(reply.status, json?.error?.code ? json.error : foreign);
      }
      await reply.arrayBuffer();
      const wait = Math.min(Number(reply.headers.get('Retry-After')) || 1, 60);
      console.error(`the server is busy: next try in ${wait} s`);
      await sleep(1000 * wait);
      this.signal?.throwIfAborted();
    }
  }
}

function show(board) {
  console.log(Array.isArray(board) ? board.join('\n') : board ?? 'no answer');
}

/** Says honestly what an answer is worth; the exit status. Rows and columns count from 0. */
function verdict(result) {
  if (result.verified) {
    console.log(`verified: the rules hold (${result.steps} steps, ${result.time_ms} ms)`);
    return VERIFIED;
  }
  console.log(`NOT verified: ${result.status}, ${result.conflicts.length} conflicts`);
  for (const { row, col, message } of result.conflicts.slice(0, 5)) {
    console.log(`  row ${row}, column ${col}: ${message}`);
  }
  return NOT_VERIFIED;
}

async function runStream(client, request) {
  for await (const [name, data] of client.solveInSteps(request)) {
    if (name === 'step') {
      const { attempt, step, conflicts, board } = data;
      console.log(`attempt ${attempt}, step ${step}: ${conflicts.length} conflicts`);
      show(board);
    } else if (name === 'result') {
      show(data.solution);
      return verdict(data);
    }
  }
}

async function runList(client, { board, ...request }) {
  const { results } = await client.solve({ boards: board, ...request });
  return Math.max(...results.map((result, at) => {
    console.log(`board ${at + 1}: ${result.error ? result.error.message : result.solution}`);
    return result.error ? ERROR : verdict(result);
  }));
}

async function runJob(client, request) {
  const id = await client.startJob(request);
  console.log(`job ${id}`);
  try {
    for (;;) {
      const state = await client.job(id);
      if (state.status === 'failed') throw new ServiceError(null, state.error);
      if (state.status === 'done') {
        show(state.result.solution);
        return verdict(state.result);
      }
      await sleep(200);
    }
  } catch (failure) {
    if (client.signal?.aborted) await client.cancelJob(id);
    throw failure;
  }
}

/** One line goes as text, several as rows: a board comes back in the notation it was sent in. */
async function readBoard(path, isList) {
  if (path === undefined) return isList ? SAMPLES : SAMPLES[0].match(/.{9}/g);
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(path === '-' ? 0 : path, 'utf8');
  const lines = text.replace(/[\r\n]+$/, '').split(/\r?\n/);
  return lines.length === 1 && !isList ? lines[0] : lines;
}

async function main() {
  const { parseArgs } = await import('node:util');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let url = 'http://127.0.0.1:8080';
  try {
    const string = (value) => ({ type: 'string', default: value });
    const options = { url: string(url), puzzle: string('sudoku'), mode: string('stream'),
      help: { type: 'boolean', short: 'h' } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) return console.log(HELP) ?? 0;
    const run = { stream: runStream, list: runList, job: runJob }[values.mode];
    if (!run || positionals.length > 1) throw new Error(HELP);
    ({ url } = values);
    const board = await readBoard(positionals[0], values.mode === 'list');
    const client = new Client(url, { key: process.env.TRM_API_KEY, signal: stop.signal });
    return await run(client, { puzzle: values.puzzle, board });
  } catch (failure) {
    if (stop.signal.aborted) return console.error('cancelled') ?? INTERRUPTED;
    if (failure.cause) {  // fetch found nobody
      console.error(`no answer from ${url}: ${failure.cause.code ?? failure.cause.message}`);
      console.error('start the server with: ./run server --port 8080');
    } else {
      console.error(`error: ${failure.message}`);
    }
    return ERROR;
  }
}

const { pathToFileURL } = await import('node:url');
if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main();
