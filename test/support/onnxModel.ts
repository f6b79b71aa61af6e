/** Writes small ONNX models (onnx.proto, IR 7, opset 13) with the inputs and outputs of ours, for tests. */
interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

export function onnxModel(nodes: readonly OnnxNode[], { height, width }: { height: number; width: number }): Buffer {
  const image = [1, 1, height, width];
  const graph = Buffer.concat([
    ...nodes.map((node) => message(1, nodeOf(node))),
    text(2, 'trial'),
    message(11, valueOf('image', image)),
    message(12, valueOf('probabilities', [1, 2, 1, 1])),
    message(12, valueOf('cam', image)),
    message(12, valueOf('ood', [1, 1, 1, 1])),
  ]);
  return Buffer.concat([integer(1, 7), message(7, graph), message(8, Buffer.concat([text(1, ''), integer(2, 13)]))]);
}

/** Everything that our models answer, worked out from the brightest pixel; `cam` is up to the test. */
export function trialModel(cam: readonly OnnxNode[], size: { height: number; width: number }): Buffer {
  const brightest: OnnxNode = { op: 'ReduceMax', inputs: ['image'], output: 'brightest' };
  return onnxModel(
    [
      brightest,
      { op: 'Concat', inputs: ['brightest', 'brightest'], output: 'probabilities', attributes: { axis: 1 } },
      { op: 'Identity', inputs: ['brightest'], output: 'ood' },
      ...cam,
    ],
    size,
  );
}

function nodeOf({ op, inputs, output, attributes = {} }: OnnxNode): Buffer {
  const written = Object.entries(attributes).map(([name, value]) =>
    message(5, Buffer.concat([text(1, name), integer(3, value), integer(20, 2)])),
  );
  return Buffer.concat([...inputs.map((input) => text(1, input)), text(2, output), text(4, op), ...written]);
}

function valueOf(name: string, shape: readonly number[]): Buffer {
  const dimensions = Buffer.concat(shape.map((size) => message(1, integer(1, size))));
  return Buffer.concat([text(1, name), message(2, message(1, Buffer.concat([integer(1, 1), message(2, dimensions)])))]);
}

/** Protocol buffers: a field is its number and wire type, then its value. */
const integer = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);
const message = (field: number, body: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
const text = (field: number, value: string): Buffer => message(field, Buffer.from(value));

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
