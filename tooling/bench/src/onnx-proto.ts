/** Small words for writing ONNX models: attributes, nodes, constants, values. Types of elements follow from the arrays that hold them. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/** The types of elements that models here use. */
export type ElementType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64';
/** Arrays of them. */
export type Elements = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

const DATA_TYPE: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
};

/** The type of an array's elements, as ONNX and its runtimes name it. */
export function elementType(data: Elements): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

export const integers = (name: string, values: readonly number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) });
export const integer = (name: string, value: number) => create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
export const float = (name: string, value: number) => create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value });
/** An attribute of a node. */
export type OnnxAttribute = ReturnType<typeof integer>;

/** A node, named after its output. */
export function onnxNode(opType: string, input: string[], output: string, attribute: OnnxAttribute[] = [], domain = '') {
  return create(NodeProtoSchema, { opType, name: output, input, output: [output], attribute, domain });
}
export type OnnxNode = ReturnType<typeof onnxNode>;

/** A constant; `dims` of [] make a scalar. */
export function onnxTensor(name: string, dims: readonly number[], data: Elements) {
  const rawData = new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer);
  return create(TensorProtoSchema, { name, dataType: DATA_TYPE[elementType(data)], dims: dims.map(BigInt), rawData });
}
export type OnnxTensor = ReturnType<typeof onnxTensor>;

/** An input or output of a model. */
export function onnxValue(name: string, dims: readonly number[], type: ElementType = 'float32') {
  const dim = dims.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(size) } }));
  const tensor = create(TypeProto_TensorSchema, { elemType: DATA_TYPE[type], shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }) });
}
export type OnnxValue = ReturnType<typeof onnxValue>;

/** What a model consists of. */
export interface OnnxParts {
  readonly name: string;
  readonly nodes: OnnxNode[];
  readonly constants: OnnxTensor[];
  readonly inputs: OnnxValue[];
  readonly outputs: OnnxValue[];
}

/** The bytes of a model: ONNX operators of version 18, and those of onnxruntime. */
export function onnxBytes({ name, nodes, constants, inputs, outputs }: OnnxParts): Uint8Array {
  const domains = [
    { domain: '', version: 18n },
    { domain: 'com.microsoft', version: 1n },
  ];
  const proto = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'bitvox',
    opsetImport: domains.map((domain) => create(OperatorSetIdProtoSchema, domain)),
    graph: create(GraphProtoSchema, { name, node: nodes, initializer: constants, input: inputs, output: outputs }),
  });
  return toBinary(ModelProtoSchema, proto);
}
