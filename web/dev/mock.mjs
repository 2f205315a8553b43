// A stand-in for the desk, for looking at the pages: HTTP and WebSocket of the API, all in memory, no rules.
// node dev/mock.mjs [port]   (dev use only; `npm run build` first)
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const port = Number(process.argv[2] ?? 8190);
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const ahead = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();
const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
const pick = (zh, en) => (language) => (language === "zh" ? zh : en);

const swatch = (hue, shape) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240"><rect width="240" height="240" fill="hsl(${hue} 22% 90%)"/>${shape}</svg>`;
const SHAPES = [
  '<path d="M50 150c30-5 45-40 60-50l20 20c30 10 60 15 65 30v15H50z" fill="#33403c"/>',
  '<path d="M85 60l35 15 35-15 40 30-20 25-15-8v80H80v-80l-15 8-20-25z" fill="#b3301c"/>',
  '<path d="M80 80h80v70a40 40 0 01-80 0zM160 95c30-5 30 40 0 40" fill="#2f6448"/>',
  '<rect x="75" y="50" width="90" height="140" rx="12" fill="#3c4a63"/><circle cx="120" cy="120" r="28" fill="#dfe3ea"/>',
];
const products = [
  ["手工千层底布鞋", "Hand-sewn cloth shoes", 26800, 0, "shoes", "鞋履"], ["亚麻立领衬衫", "Linen band-collar shirt", 32900, 1, "clothing", "服饰"],
  ["龙泉青瓷茶杯", "Longquan celadon cup", 8900, 2, "home", "家居"], ["便携蓝牙音箱", "Portable Bluetooth speaker", 45900, 3, "electronics", "数码"],
  ["全棉针织开衫", "Cotton knit cardigan", 38900, 1, "clothing", "服饰"], ["户外徒步鞋", "Trail walking shoes", 52900, 0, "shoes", "鞋履"],
  ["景德镇马克杯", "Jingdezhen mug", 6900, 2, "home", "家居"], ["桌面收音机", "Desktop radio", 69900, 3, "electronics", "数码"],
].map(([zh, en, price, shape, category], index) => ({ sku: `SKU${index}`, title: { zh, en }, category, price_minor: price, currency: "CNY", image_url: `/demo/images/${index}-${shape}.svg`, stock: 12 }));
const lines = (language) => [0, 1, 2, 6].map((n) => ({ id: `ZG2511184821-${n + 1}`, title: products[n].title[language], variant: n === 0 ? pick("黑色 / 42", "Black / 42")(language) : n === 1 ? pick("本白 / L", "Natural / L")(language) : "", quantity: n === 2 ? 2 : 1, image_url: products[n].image_url, paid_minor: products[n].price_minor, currency: "CNY", payload: `/inform{"line":"ZG2511184821-${n + 1}"}` }));
const orderCard = (language, n = 4) => ({
  type: "order", number: "ZG2511184821", state: "in_transit", state_text: pick("运输中", "In transit")(language), placed_at: ago(4300), total_minor: 77500, currency: "CNY", lines: lines(language).slice(0, n),
  parcels: [{ carrier: pick("顺丰速运", "SF Express")(language), tracking_number: "SF1234567890123", state: "in_transit", state_text: pick("运输中", "In transit")(language), promised_on: day(1), delivered_at: null, scans: [
    { at: ago(95), place: pick("杭州转运中心", "Hangzhou hub")(language), note: pick("快件已发往上海浦东集散中心", "Left for Shanghai Pudong")(language) },
    { at: ago(700), place: pick("杭州转运中心", "Hangzhou hub")(language), note: pick("快件到达杭州转运中心", "Arrived at the hub")(language) },
    { at: ago(1500), place: pick("杭州余杭", "Yuhang, Hangzhou")(language), note: pick("已揽收", "Picked up from the shop")(language) }] },
  { carrier: pick("圆通速递", "YTO Express")(language), tracking_number: "YT8800112233", state: "exception", state_text: pick("包裹异常", "Problem")(language), promised_on: day(-2), delivered_at: null, scans: [] }].slice(0, n > 2 ? 2 : 1),
});
const ordersCard = (language) => ({ type: "orders", orders: [0, 1, 3].map((n, i) => ({ number: `ZG25111848${20 + i}`, state_text: pick(["运输中", "已签收", "待发货"][i], ["In transit", "Delivered", "Paid"][i])(language), placed_at: ago(3000 * (i + 1)), total_minor: products[n].price_minor, currency: "CNY", title: products[n].title[language], image_url: products[n].image_url, line_count: i + 1, payload: `/inform{"order_number":"ZG25111848${20 + i}"}` })) });
const caseCard = (language) => ({ type: "case", number: "R7K3-9QX2", case_type: "return", type_text: pick("退货申请", "Return")(language), state: "approved", state_text: pick("已同意", "Approved")(language), deadline_at: ahead(30), refund_minor: 26800, currency: "CNY", next_step: pick("请在 11 月 30 日前把商品寄回，附上受理编号。", "Send the item back by 30 November and put the case number in the parcel.")(language) });
const articleCard = (language) => ({ type: "article", id: "return-window", title: pick("收到货多久内可以退？", "How long can I return an item?")(language), language, body: pick("签收后 **7 天内** 可以无理由退货，签收次日算第 1 天。\n\n## 退货条件\n- 商品未使用，吊牌、配件齐全\n- 包装可以再次销售\n- 鲜食、定制商品除外\n\n质量问题的期限更长，运费由我们承担，详见[退货说明](/help/returns)。\n<img src=x onerror=alert(1)>", "You can return an item **within 7 days** of receiving it, no reason needed. The day after delivery is day 1.\n\n## What we ask\n- unused, with tags and accessories\n- packaging that can be sold again\n- not fresh food or made-to-order items\n\nFaulty items have a longer window and we pay the freight: [how returns work](/help/returns).\n<img src=x onerror=alert(1)>")(language), related: [{ id: "return-freight", title: pick("退货运费谁出？", "Who pays the return freight?")(language), payload: '/faq{"article":"return-freight"}' }, { id: "refund-time", title: pick("退款多久到账？", "When will I get my refund?")(language), payload: '/faq{"article":"refund-time"}' }] });

const conversations = new Map();
const sessions = new Map();
const sockets = new Set(); // {socket, conversation | null (agent)}
let counter = 100;

function conversation(fields = {}) {
  const it = { id: `c_${counter++}`, channel: "widget", state: "bot", language: "zh", agent_name: null, shopper: null, queue_reason: null, reason_text: null, queued_at: null, messages: [], unread: 0, updated_at: ago(0), agentRead: 0, ...fields };
  conversations.set(it.id, it);
  return it;
}
function summary(it) {
  const last = it.messages.findLast((m) => m.content.text);
  return { id: it.id, channel: it.channel, state: it.state, language: it.language, shopper: it.shopper, agent_name: it.agent_name, queue_reason: it.queue_reason, reason_text: it.reason_text, queued_at: it.queued_at, updated_at: it.updated_at, last_message: last ? { sender: last.sender, text: last.content.text, created_at: last.created_at } : null, unread: it.unread, last_seq: it.messages.length };
}
function say(it, sender, content, more = {}) {
  const message = { seq: it.messages.length + 1, sender, audience: "all", agent_name: null, created_at: new Date().toISOString(), external_id: null, content, understanding: null, ...more };
  it.messages.push(message);
  it.updated_at = message.created_at;
  for (const { socket, conversation } of sockets) {
    if (conversation === null) {
      socket.send(JSON.stringify({ event: "message", conversation: it.id, message }));
      socket.send(JSON.stringify({ event: "conversation", conversation: summary(it) }));
    } else if (conversation === it.id && message.audience === "all") socket.send(JSON.stringify({ event: "message", message: { ...message, understanding: null } }));
  }
  return message;
}
function tell(it, frame) {
  for (const { socket, conversation } of sockets) if (conversation === it.id) socket.send(JSON.stringify(frame));
}
function move(it, state, more = {}) {
  Object.assign(it, { state, ...more });
  say(it, "system", { state: { state, agent_name: it.agent_name, ...(state === "queued" ? { position: 2, wait_minutes: 3, reason: it.queue_reason } : {}) } });
}
function queue(it, reason, zh, en) {
  move(it, "queued", { queue_reason: reason, reason_text: pick(zh, en)(it.language), queued_at: ago(0), agent_name: null });
}
function botAnswer(it, { text = "", payload = "", photo_id }) {
  const l = it.language;
  const p = (zh, en) => pick(zh, en)(l);
  const ask = `${text} ${payload}`;
  if (photo_id) return say(it, "bot", { text: p("照片收到了，能清楚看到开胶的位置。", "Thank you, the loose sole is clear to see.") });
  if (/human|人工|person/.test(ask)) return queue(it, "asked", "用户要求人工", "Asked for a person");
  if (/order_status|订单|where/.test(ask)) return say(it, "bot", { text: p("找到您最近的订单，请选一笔：", "Here are your recent orders. Which one do you mean?"), card: ordersCard(l) });
  if (/order_number/.test(ask)) return say(it, "bot", { text: p("这笔订单正在路上，预计明天送达。", "This order is on its way and should arrive tomorrow."), card: orderCard(l) });
  if (/return_request|退货|return/.test(ask) && !/faq/.test(ask)) return say(it, "bot", { text: p("想退哪一件？", "Which item would you like to return?"), card: { type: "lines", order_number: "ZG2511184821", lines: lines(l) } });
  if (/"line"/.test(ask)) return say(it, "bot", { text: p("好的。退货原因是什么？", "All right. Why would you like to return it?"), buttons: [{ title: p("不想要了", "Changed my mind"), payload: '/inform{"reason":"no_longer_wanted"}' }, { title: p("尺码不合适", "Wrong size"), payload: '/inform{"reason":"wrong_size"}' }, { title: p("质量问题", "Faulty"), payload: '/inform{"reason":"quality_fault"}' }, { title: p("收到时已损坏", "Arrived damaged"), payload: '/inform{"reason":"damaged"}' }] });
  if (/reason/.test(ask)) return say(it, "bot", { text: p("已为您登记退货，商品寄回后 3 个工作日内原路退款。", "Your return is registered. We refund to your original payment within 3 working days of receiving it."), card: caseCard(l) });
  if (/faq|多久|how/.test(ask)) return say(it, "bot", { text: p("这条说明可以回答您：", "This should answer it:"), card: articleCard(l) });
  return say(it, "bot", { text: p("抱歉，我没有完全听懂。您想要：", "Sorry, I did not quite get that. Would you like to:"), buttons: greeting(l).buttons });
}
const greeting = (l) => ({ text: pick("您好！我是掌柜的智能客服，查订单、退货、问规则都可以直接说。", "Hello! I can look up orders, arrange returns and answer questions. Just ask.")(l), buttons: [{ title: pick("查订单", "Where is my order?")(l), payload: "/order_status" }, { title: pick("我要退货", "Return something")(l), payload: "/return_request" }, { title: pick("退货规则", "How do returns work?")(l), payload: '/faq{"article":"return-window"}' }, { title: pick("转人工", "Talk to a person")(l), payload: "/human" }] });

// A few conversations and cases for the agent desk.
const und = (intent, confidence, entities = []) => ({ intent, confidence, entities, ranking: [] });
{
  const a = conversation({ shopper: { name: "王芳", vip_level: 2 }, state: "bot" });
  say(a, "shopper", { text: "我前几天买的布鞋 42 码太小了，想换个大的" }, { understanding: und("exchange_request", 0.91, [{ entity: "product", value: "布鞋" }]), created_at: ago(9) });
  say(a, "bot", { text: "请问是这笔订单吗？", card: orderCard("zh", 2), buttons: [{ title: "是的", payload: "/affirm" }, { title: "不是", payload: "/deny" }] }, { created_at: ago(9) });
  say(a, "shopper", { text: "是的" }, { understanding: und("affirm", 0.99), created_at: ago(8) });
  queue(a, "task:exchange_request", "换货需人工办理", "Exchange needs a person");
  a.queued_at = ago(7.4); a.unread = 2;
  const b = conversation({ shopper: { name: "Emma Wilson", vip_level: 1 }, language: "en" });
  say(b, "shopper", { text: "The speaker stopped charging and your last agent never called back. I will report this to the regulator." }, { understanding: und("complaint", 0.97, [{ entity: "product", value: "speaker" }]), created_at: ago(3) });
  say(b, "bot", { text: "I am sorry. A colleague will take this over personally.", card: caseCard("en") }, { created_at: ago(3) });
  queue(b, "complaint_urgent", "紧急投诉", "Urgent complaint");
  b.queued_at = ago(2.2); b.unread = 1;
  const c = conversation({ shopper: null });
  say(c, "shopper", { text: "在吗？？？" }, { understanding: und("greet", 0.88), created_at: ago(20) });
  say(c, "shopper", { text: "帮我查一下 SF1234567890123" }, { understanding: und("order_status", 0.83, [{ entity: "tracking_number", value: "SF1234567890123" }]), created_at: ago(19) });
  queue(c, "fallback", "机器人两次未听懂", "Not understood twice");
  c.queued_at = ago(0.6);
  const d = conversation({ shopper: { name: "李伟", vip_level: 0 } });
  say(d, "shopper", { text: "退款到哪了" }, { understanding: und("refund_status", 0.9), created_at: ago(40) });
  move(d, "with_agent", { agent_name: "林小满" });
  say(d, "agent", { text: "李先生您好，我是小满。退款昨天已经原路退回支付宝，我把凭证发给您。" }, { agent_name: "林小满" });
  say(d, "agent", { text: "财务流水号 2025112233，如再问起可以直接给。" }, { agent_name: "林小满", audience: "agents" });
}
const caseRow = (number, fields) => ({ number, type: "return", type_text: "退货", state: "submitted", state_text: "待审核", severity: "normal", team: "after_sales", order_number: "ZG2511184821", line_id: "ZG2511184821-1", title: "手工千层底布鞋", quantity: 1, reason: "quality_fault", reason_text: "质量问题", description: "穿了两天鞋底开胶，右脚。", wanted: "refund", refund_minor: 26800, currency: "CNY", decision: { outcome: "review", rule: "return.quality_fault", reason: "质量问题退货：签收 15 天内可退，运费由商家承担；金额较高需人工复核。" }, deadline_at: ahead(5), is_overdue: false, created_at: ago(900), updated_at: ago(300), conversation_id: "c_100", shopper: { name: "王芳" }, ...fields });
const cases = [caseRow("R7K3-9QX2", {}), caseRow("T2M8-4HDN", { type: "complaint", type_text: "投诉", state: "under_review", state_text: "处理中", severity: "urgent", team: "service", deadline_at: ago(130), is_overdue: true, title: "便携蓝牙音箱", refund_minor: null, currency: null, reason_text: null, decision: null, shopper: { name: "Emma Wilson" } }), caseRow("Q9W4-7BZC", { state: "waiting_for_parcel", state_text: "等待寄回", deadline_at: ahead(70), title: "亚麻立领衬衫", shopper: { name: "李伟" } }), caseRow("H3P6-2VKR", { state: "closed", state_text: "已结案", deadline_at: null, shopper: { name: "陈静" } })];

const agent = { login: "lin", name: "林小满", role: "agent" };
const json = (response, status, body, headers = {}) => response.writeHead(status, { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", ...headers }).end(body === undefined ? "" : JSON.stringify(body));
const problem = (response, status, code) => json(response, status, { type: "about:blank", title: code, status, code, detail: code });
const body = (request) => new Promise((resolve) => { const parts = []; request.on("data", (part) => parts.push(part)); request.on("end", () => resolve(Buffer.concat(parts))); });

async function api(request, response, path, query) {
  const raw = await body(request);
  const data = () => JSON.parse(raw.toString() || "{}");
  const route = `${request.method} ${path}`;
  const it = conversations.get(sessions.get((request.headers.authorization ?? "").slice(7)));
  if (request.method === "OPTIONS") return json(response, 204);
  if (route === "POST /widget/sessions") {
    const { language, session_token } = data();
    const token = sessions.has(session_token) ? session_token : `t_${counter++}`;
    if (!sessions.has(token)) sessions.set(token, conversation({ language }).id);
    const own = conversations.get(sessions.get(token));
    own.language = language;
    return json(response, 200, { session_token: token, conversation: { id: own.id, state: own.state, agent_name: own.agent_name, language: own.language, last_seq: own.messages.length }, shopper: null, greeting: greeting(language) });
  }
  if (path.startsWith("/widget/")) {
    if (!it) return problem(response, 401, "session_unknown");
    if (route === "POST /widget/messages") {
      const post = data();
      const known = it.messages.find((m) => m.external_id === post.external_id);
      if (known) return json(response, 200, known);
      if (post.text === "fail") return problem(response, 400, "payload_not_offered");
      const offered = it.messages.concat({ content: greeting(it.language) }).flatMap((m) => [...(m.content.buttons ?? []), ...(m.content.card?.related ?? []), ...(m.content.card?.orders ?? []), ...(m.content.card?.lines ?? [])]).find((b) => b.payload === post.payload);
      const message = say(it, "shopper", { ...(post.payload ? { text: offered?.title ?? post.payload } : post.text ? { text: post.text } : {}), ...(post.photo_id ? { photo: { id: post.photo_id, url: "/demo/images/0-0.svg", width: 240, height: 240 } } : {}) }, { external_id: post.external_id, understanding: und("order_status", 0.87) });
      json(response, 201, message);
      if (it.state === "closed") it.state = "bot";
      if (it.state === "bot") { tell(it, { event: "typing", who: "bot" }); setTimeout(() => botAnswer(it, post), Number(process.env.MOCK_DELAY_MS ?? 500)); }
      return;
    }
    if (route === "GET /widget/messages") return json(response, 200, { items: it.messages.filter((m) => m.seq > Number(query.get("after")) && m.audience === "all").slice(0, Number(query.get("limit"))), next_cursor: null });
    if (route === "POST /widget/photos") return json(response, 201, { id: `p_${counter++}`, url: "/demo/images/0-0.svg", width: 240, height: 240 });
    if (route === "POST /widget/language") it.language = data().language;
    return json(response, 204);
  }
  if (route === "POST /agent/sign-in") return data().password === "zhanggui-demo" ? json(response, 200, { agent, csrf_token: "csrf" }, { "Set-Cookie": "zhanggui_session=1; Path=/; HttpOnly; SameSite=Strict" }) : problem(response, 401, "wrong_login");
  if (route === "POST /agent/sign-out") return json(response, 204, undefined, { "Set-Cookie": "zhanggui_session=; Path=/; Max-Age=0" });
  if (!(request.headers.cookie ?? "").includes("zhanggui_session=1")) return problem(response, 401, "signed_out");
  if (route === "GET /agent/me") return json(response, 200, { agent, csrf_token: "csrf" });
  if (route === "GET /conversations") {
    const view = query.get("view");
    const items = [...conversations.values()].filter((c) => c.messages.length && (view === "queue" ? c.state === "queued" : view === "mine" ? c.state === "with_agent" : true)).map(summary);
    return json(response, 200, { items, next_cursor: null });
  }
  const [, kind, id, verb] = path.split("/");
  if (kind === "conversations") {
    const own = conversations.get(id);
    if (!own) return problem(response, 404, "not_found");
    if (verb === "messages" && request.method === "GET") return json(response, 200, { items: own.messages.filter((m) => m.seq > Number(query.get("after"))), next_cursor: null });
    if (verb === "messages") { const post = data(); return json(response, 201, say(own, "agent", { text: post.text }, { audience: post.audience, agent_name: agent.name, external_id: request.headers["idempotency-key"] })); }
    if (verb === "take") { if (own.state !== "queued" && own.state !== "bot") return problem(response, 409, "state_conflict"); move(own, "with_agent", { agent_name: agent.name, queued_at: null }); own.unread = 0; return json(response, 200, summary(own)); }
    if (verb === "hand-back") { move(own, "bot", { agent_name: null }); return json(response, 200, summary(own)); }
    if (verb === "close") { move(own, "closed", { agent_name: null }); return json(response, 200, summary(own)); }
    return json(response, 200, { ...summary(own), shopper: own.shopper && { ref: "S1001", language: "zh", phone: "138****5678", email: "w***@example.com", country: "CN", registered_on: "2022-03-04", order_count: 18, spent_minor: 1248000, currency: "CNY", return_rate_percent: 6, ...own.shopper }, orders: [orderCard(own.language, 2)], cases: [caseCard(own.language)], understood: own.messages.filter((m) => m.understanding).map((m) => ({ seq: m.seq, text: m.content.text, ...m.understanding })), summary: own.language === "zh" ? "想把 42 码布鞋换大一码。已确认订单 ZG2511184821，已核实身份。机器人尚未确认库存。" : "Speaker stopped charging after three weeks. Threatens a regulator report. Order and identity are verified; a complaint case is open." });
  }
  if (kind === "cases" && id === undefined) return json(response, 200, { items: cases.filter((c) => (!query.get("state") || c.state === query.get("state")) && (!query.get("type") || c.type === query.get("type")) && (!query.get("team") || c.team === query.get("team"))), next_cursor: null });
  if (kind === "cases") {
    const own = cases.find((c) => c.number === id);
    if (!own) return problem(response, 404, "not_found");
    own.events ??= [{ at: own.created_at, actor: "bot", actor_name: "Assistant", kind: "opened", from_state: null, to_state: "submitted", note: null }];
    if (verb === "moves") { const m = data(); own.events.push({ at: ago(0), actor: "agent", actor_name: agent.name, kind: "moved", from_state: own.state, to_state: m.to, note: m.note }); own.state = m.to; own.state_text = m.to; }
    if (verb === "remarks") { const m = data(); own.events.push({ at: ago(0), actor: "agent", actor_name: agent.name, kind: "remark", is_public: m.is_public, note: m.text }); }
    return json(response, 200, { ...own, photos: [{ id: "p_1", url: "/demo/images/0-0.svg", width: 240, height: 240 }], next_states: [{ state: "approved", label: "同意" }, { state: "rejected", label: "拒绝" }, { state: "waiting_for_parcel", label: "等待寄回" }] });
  }
  if (route === "GET /knowledge/search") return json(response, 200, { items: [{ id: "return-window", title: "收到货多久内可以退？", snippet: "签收后 7 天内可以无理由退货，签收次日算第 1 天。", score: 0.9 }, { id: "return-freight", title: "退货运费谁出？", snippet: "无理由退货运费由买家承担；质量问题由商家承担。", score: 0.7 }] });
  return problem(response, 404, "not_found");
}

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png" };
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  if (url.pathname.startsWith("/api/v1")) return void api(request, response, url.pathname.slice(7), url.searchParams).catch((error) => { console.error(error); problem(response, 500, "mock"); });
  if (url.pathname === "/demo/products.json") return json(response, 200, { categories: [["shoes", "鞋履", "Shoes"], ["clothing", "服饰", "Clothing"], ["home", "家居", "Home"], ["electronics", "数码", "Electronics"]].map(([id, zh, en]) => ({ id, title: { zh, en } })), products });
  if (url.pathname === "/demo/shoppers.json") return json(response, 200, { shoppers: [{ ref: "S1001", name: "王芳", language: "zh", vip_level: 2, orders: ["ZG2511184821", "ZG2511012234", "ZG2511196650"] }, { ref: "S1002", name: "李伟", language: "zh", vip_level: 0, orders: ["ZG2511175510"] }, { ref: "S1021", name: "Emma Wilson", language: "en", vip_level: 1, orders: ["ZG2511180020", "ZG2511193377"] }] });
  if (url.pathname === "/demo/sign-in") return json(response, 200, { shopper_token: `x.${Buffer.from('{"sub":"S1001"}').toString("base64url")}.y` });
  const image = /^\/demo\/images\/(\d)-(\d)\.svg$/.exec(url.pathname);
  if (image) return response.writeHead(200, { "Content-Type": "image/svg+xml" }).end(swatch(Number(image[1]) * 47 + 20, SHAPES[Number(image[2])]));
  let file = join(dist, url.pathname === "/" ? "shop/index.html" : url.pathname);
  if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'" }).end(readFileSync(file));
});
const live = new WebSocketServer({ server });
live.on("connection", (socket, request) => {
  const seat = { socket, conversation: null };
  const isWidget = request.url.startsWith("/api/v1/widget/");
  if (!isWidget) sockets.add(seat);
  socket.on("message", (data) => {
    const frame = JSON.parse(data.toString());
    if (frame.token) {
      seat.conversation = sessions.get(frame.token);
      sockets.add(seat);
      for (const message of conversations.get(seat.conversation).messages) if (message.seq > frame.after && message.audience === "all") socket.send(JSON.stringify({ event: "message", message }));
    } else if (frame.event === "open") for (const message of conversations.get(frame.conversation).messages) if (message.seq > frame.after) socket.send(JSON.stringify({ event: "message", conversation: frame.conversation, message }));
    if (frame.event === "typing" && isWidget) for (const other of sockets) if (other.conversation === null) other.socket.send(JSON.stringify({ event: "typing", conversation: seat.conversation }));
    if (frame.event === "typing" && !isWidget) tell({ id: frame.conversation }, { event: "typing", who: "agent", name: agent.name });
  });
  socket.on("close", () => sockets.delete(seat));
});
server.listen(port, "127.0.0.1", () => console.log(`mock desk on http://127.0.0.1:${port}`));
