// The vendors' own clients for Node, asked line by line: {"case", "model"} comes in, and what the client made of it goes
// out. Only the address and the key are given to the clients; everything else is as their makers ship it.
import { createInterface } from "node:readline";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [url, apiKey] = process.argv.slice(2);
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });

const ask = [{ role: "user", content: "Say hello." }];
const parameters = { type: "object", properties: { where: { type: "string" } }, required: ["where"] };
const chatTools = [{ type: "function", function: { name: "look", description: "Looks.", parameters } }];
const responsesTools = [{ type: "function", name: "look", description: "Looks.", parameters, strict: false }];
const messagesTools = [{ name: "look", description: "Looks.", input_schema: parameters }];

const finishes = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_call",
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool_call",
};

function ofChat(answer) {
  const [choice] = answer.choices;
  return {
    text: choice.message.content ?? "",
    tool_calls: (choice.message.tool_calls ?? []).map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
    finish: finishes[choice.finish_reason],
    input_tokens: answer.usage.prompt_tokens,
    output_tokens: answer.usage.completion_tokens,
  };
}

function ofResponse(answer) {
  const calls = answer.output.filter((item) => item.type === "function_call");
  return {
    text: answer.output_text,
    tool_calls: calls.map((call) => [call.name, JSON.parse(call.arguments)]),
    finish: answer.status === "incomplete" ? "length" : calls.length > 0 ? "tool_call" : "stop",
    input_tokens: answer.usage.input_tokens,
    output_tokens: answer.usage.output_tokens,
  };
}

function ofMessage(answer) {
  const blocks = (type) => answer.content.filter((block) => block.type === type);
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = answer.usage;
  return {
    text: blocks("text").map((block) => block.text).join(""),
    tool_calls: blocks("tool_use").map((block) => [block.name, block.input]),
    finish: finishes[answer.stop_reason],
    input_tokens: input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0),
    output_tokens,
  };
}

const cases = {
  async chat(model) {
    return ofChat(await openai.chat.completions.create({ model, messages: ask, tools: chatTools }));
  },

  async "chat streamed"(model) {
    const options = { stream_options: { include_usage: true } };
    const stream = openai.chat.completions.stream({ model, messages: ask, tools: chatTools, ...options });
    let text = "";
    stream.on("content", (delta) => (text += delta));
    const seen = ofChat(await stream.finalChatCompletion());
    return { ...seen, text };
  },

  async responses(model) {
    return ofResponse(await openai.responses.create({ model, input: "Say hello.", tools: responsesTools }));
  },

  async "responses streamed"(model) {
    const stream = openai.responses.stream({ model, input: "Say hello.", tools: responsesTools });
    let text = "";
    stream.on("response.output_text.delta", (event) => (text += event.delta));
    const seen = ofResponse(await stream.finalResponse());
    return { ...seen, text };
  },

  async messages(model) {
    return ofMessage(await anthropic.messages.create({ model, max_tokens: 99, messages: ask, tools: messagesTools }));
  },

  async "messages streamed"(model) {
    const stream = anthropic.messages.stream({ model, max_tokens: 99, messages: ask, tools: messagesTools });
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const seen = ofMessage(await stream.finalMessage());
    return { ...seen, text };
  },

  async "chat events"(model) {
    const ends = [];
    for await (const chunk of await openai.chat.completions.create({ model, messages: ask, stream: true })) {
      ends.push(...chunk.choices.map((choice) => choice.finish_reason).filter(Boolean));
    }
    return { ends };
  },

  async "messages events"(model) {
    const ends = [];
    for await (const event of await anthropic.messages.create({ model, max_tokens: 99, messages: ask, stream: true })) {
      if (event.type === "message_stop") ends.push(event.type);
    }
    return { ends };
  },

  async "chat left"(model) {
    const stream = await openai.chat.completions.create({ model, messages: ask, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices.length > 0) break;
    }
    stream.controller.abort();
    return {};
  },

  async "messages left"(model) {
    const stream = await anthropic.messages.create({ model, max_tokens: 99, messages: ask, stream: true });
    for await (const event of stream) {
      if (event.type === "content_block_delta") break;
    }
    stream.controller.abort();
    return {};
  },

  async models() {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    for await (const model of anthropic.models.list()) ids.push(model.id);
    const one = await openai.models.retrieve("openai/gpt-4.1");
    return { ids, one: one.id };
  },

  async embeddings(model) {
    const given = await openai.embeddings.create({ model, input: ["a", "b"] });
    return { vectors: given.data.length, lengths: given.data.map((row) => row.embedding.length) };
  },

  async "count tokens"(model) {
    return anthropic.messages.countTokens({ model, messages: ask });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let told;
  try {
    told = { seen: await cases[asked.case](asked.model) };
  } catch (error) {
    const ours = error instanceof OpenAI.APIError || error instanceof Anthropic.APIError;
    told = { raised: error.constructor.name, status: error.status ?? null, ours, words: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
