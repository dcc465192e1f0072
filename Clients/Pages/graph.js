// Graphs of three kinds made alike: a trace of looks, a trace of features, and circuit-tracer's JSON.
//
//   tokens: [text]        nodes: [{id, kind, label, layer, lane, position, hue?, facts: [[name, value]]}]
//   links:  [{from, to, weight, side?}], from what writes to what reads        roots: Set of ids
"use strict";

(() => {
  const KINDS = { look: "look", head: "head", mlp: "MLP", bias: "attention bias", embedding: "token embedding",
    position: "position embedding", logits: "logits" };
  // Within a layer from below: what the stream holds, what attention adds, what MLPs and transcoders add.
  const LANES = { embedding: 0, position: 0, logits: 0, look: 1, head: 1, bias: 1, mlp: 2, feature: 2, error: 2 };

  const isSaid = ([, value]) => value !== false && value !== undefined && value !== null;

  /** Of `traces.run`, `traces.get`. */
  function ofTrace(graph, layers) {
    const layerOf = ({ kind, layer }) => kind === "logits" ? layers : kind === "embedding" || kind === "position" ? -1 : layer;
    const label = ({ kind, layer, head }) => kind === "look" || kind === "head" ? `L${layer}H${head}` : kind === "mlp"
      ? `MLP ${layer}` : kind === "bias" ? `bias ${layer}` : KINDS[kind];
    const readings = (node) => (node.readings ?? []).flatMap(({ side, total, offset, kept, remainder }) => [
      [`read at the ${side === "logits" ? "answer" : side}`, QK.number(total), "what is taken apart"],
        ["by links", QK.number(kept)], ["by biases", QK.number(offset)], ["left over", QK.number(remainder)],
    ]);
    return {
      tokens: graph.pieces,
      nodes: graph.nodes.map((node, id) => ({
        id, kind: node.kind, label: label(node), layer: layerOf(node), lane: LANES[node.kind], position: node.position,
          source: node.source,
        hue: node.head === undefined ? undefined : QK.hue(node.head), said: KINDS[node.kind], role: node.role,
        facts: [["attention", node.attention !== undefined && QK.number(node.attention)],
          ["score", node.attn_score !== undefined && QK.number(node.attn_score)], ["links to a root", node.depth],
          ...readings(node)]
          .filter(isSaid),
      })),
      links: graph.links.map(({ upstream, downstream, weight, side }) => ({ from: upstream, to: downstream, weight, side })),
      roots: new Set(graph.roots), isTruncated: graph.is_truncated,
    };
  }

  const FEATURE_KINDS = {
    attention_feature: ["feature", "attention feature", 1], residual_feature: ["feature", "residual feature", 0],
    embedding: ["embedding", "token embedding", 0], position: ["position", "position embedding", 0],
    mlp: ["mlp", "MLP", 2], attention: ["head", "attention", 1], logit: ["logits", "logit", 0],
  };

  /** Of `saes.trace`. */
  function ofFeatures({ graph, pieces, answer, wrong }) {
    const layers = 1 + Math.max(0, ...graph.nodes.map(({ layer }) => layer ?? 0));
    const shares = ({ total, kept, pruned, error, bias }) => [
      ["total", QK.number(total), "the model's own pre-activation or logit"], ["by links", QK.percent(kept)],
      ["pruned", QK.percent(pruned)], ["error", QK.percent(error), "what the autoencoders leave"], ["biases", QK.percent(bias)],
    ];
    const difference = [answer, wrong].filter((token) => token !== undefined).map((token) => QK.pieceText(token)).join(" less ");
    const label = (node) => ({
      attention_feature: `${node.sae} ${node.feature}`, residual_feature: `${node.sae} ${node.feature}`, mlp: `MLP ${node.layer}`,
      attention: `attention ${node.layer}`, logit: `logit of ${difference}`,
    })[node.kind] ?? FEATURE_KINDS[node.kind][1];
    return {
      tokens: pieces,
      nodes: graph.nodes.map((node, id) => {
        const [kind, said, lane] = FEATURE_KINDS[node.kind];
        return {
          id, kind, said, lane, label: label(node), position: node.position,
          layer: kind === "logits" ? layers : kind === "embedding" || kind === "position" ? -1 : node.layer,
          hue: kind === "feature" ? QK.hue(node.layer + (lane ? 0 : 6)) : undefined,
          facts: [["layer", node.layer], ["activation", node.activation !== undefined && QK.number(node.activation)],
            ["links to a root", node.depth], ...(node.balance ? shares(node.balance) : [])].filter(isSaid),
        };
      }),
      links: graph.links.map(({ upstream, downstream, weight, share }) => ({ from: upstream, to: downstream, weight, share })),
      roots: new Set(graph.roots), isTruncated: graph.is_truncated,
    };
  }

  // What kinds and lanes the types of such files have.
  const TYPES = [
    [/logit/, "logits"], [/error/, "error"], [/position/, "position"], [/embedding/, "embedding"], [/look/, "look"],
    [/attention (head|output)/, "head"], [/bias/, "bias"], [/^mlp/, "mlp"], [/attention feature/, "feature", 1],
    [/residual feature/, "feature", 0],
  ];

  /** Of circuit-tracer's files, and of what writes the same. */
  function ofFile(file) {
    const tokens = (file.metadata?.prompt_tokens ?? []).map(String);
    const typeOf = ({ feature_type: type }) => TYPES.find(([pattern]) => pattern.test(String(type ?? ""))) ?? [null, "feature"];
    const numbered = file.nodes.filter((node) => typeOf(node)[1] !== "logits").map(({ layer }) => Number(layer)).filter(Number.isFinite);
    const top = Math.max(0, ...numbered), places = new Map(file.nodes.map(({ node_id }, id) => [node_id, id]));
    const nodes = file.nodes.map((node, id) => {
      const [, kind, lane = LANES[kind]] = typeOf(node);
      const isBelow = kind === "embedding" || kind === "position" || node.layer === "E";
      const layer = isBelow ? -1 : kind === "logits" ? top + 1 : Number.isFinite(Number(node.layer)) ? Number(node.layer) : top;
      const remainders = Object.entries(node.remainders ?? {}).map(([name, share]) => [name, QK.percent(share)]);
      const head = kind === "look" || kind === "head" ? /^\D*(\d+)\.(\d+)/.exec(node.clerp ?? "")?.[2] : node.head;
      const number = node.feature === undefined || node.feature === null ? "" : ` ${node.feature}`;
      return {
        id, kind, layer, lane, position: node.ctx_idx,
        label: node.clerp || `${node.feature_type ?? "node"}${number}`, said: String(node.feature_type ?? "node"),
        hue: head === undefined ? undefined : QK.hue(Number(head)),
        facts: [["activation", typeof node.activation === "number" && QK.number(node.activation)],
          ["influence", typeof node.influence === "number" && QK.percent(node.influence)], ["layer", node.layer],
          ["feature", node.feature >= 0 ? node.feature : undefined], ...remainders].filter(isSaid),
      };
    });
    const links = file.links.filter(({ source, target }) => places.has(source) && places.has(target))
      .map(({ source, target, weight, side }) => ({ from: places.get(source), to: places.get(target), weight, side }));
    const writers = new Set(links.map(({ from }) => from));
    return { tokens, nodes, links,
      // Such files do not say where they begin: at what nobody reads.
      roots: new Set(nodes.filter(({ id, kind }) => kind === "logits" || !writers.has(id)).map(({ id }) => id)),
      isTruncated: false };
  }

  /** The graph of the document. */
  QK.graph = () => {
    const found = QK.result("graph"), layers = QK.result("model")?.n_layers ?? 0;
    if (found.pieces && found.graph) return ofFeatures(found);
    const trace = found.graph ?? found.graphs?.[0];
    return trace ? ofTrace(trace, layers) : ofFile(found);
  };
})();
