"""A faultless profile's data -> its sections: made by tools/generate.py from profile.py."""

# fmt: off
# ruff: noqa
# mypy: ignore-errors
from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Misfit(Exception):
    """Something is not as the format wants it."""


def read(data: Any) -> Any:
    """Return what profile.Profile.model_validate makes of the data; None where it refuses it."""
    try:
        return _profile(data)
    except (Misfit, KeyError):
        return None


def _given(data: Any, known: frozenset[str]) -> None:
    if type(data) is not dict or not data.keys() <= known:
        raise Misfit


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Misfit
    return value


def _whole(value: Any, least: int | None = None, most: int | None = None) -> int:
    if type(value) is not int or (least is not None and value < least) or (most is not None and value > most):
        raise Misfit
    return value


def _number(value: Any, least: float) -> float:
    if type(value) not in (int, float) or not least <= value < float("inf"):
        raise Misfit
    return float(value)


def _switch(value: Any) -> bool:
    if type(value) is not bool:
        raise Misfit
    return value


def _choice(value: Any, choices: frozenset[str]) -> str:
    if type(value) is not str or value not in choices:
        raise Misfit
    return value


def _texts(value: Any) -> dict[str, str]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): _text(item) for key, item in value.items()}


def _values(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): item for key, item in value.items()}


def _map(value: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): read(item) for key, item in value.items()}


def _items(value: Any, read: Callable[[Any], Any]) -> list[Any]:
    if type(value) is not list:
        raise Misfit
    return [read(item) for item in value]

class Metadata:
    __slots__ = ('name', 'namespace', 'labels', 'annotations',)


_Metadata_FIELDS = frozenset(('name', 'namespace', 'labels', 'annotations',))


def _metadata(data: Any) -> Metadata:
    _given(data, _Metadata_FIELDS)
    section = Metadata()
    section.name = _text(data['name'])
    section.namespace = _text(data['namespace']) if 'namespace' in data else 'default'
    section.labels = _texts(data['labels']) if 'labels' in data else {}
    section.annotations = _texts(data['annotations']) if 'annotations' in data else {}
    return section


class Model:
    __slots__ = ('id', 'revision', 'served_name', 'config',)


_Model_FIELDS = frozenset(('id', 'revision', 'servedName', 'config',))


def _model(data: Any) -> Model:
    _given(data, _Model_FIELDS)
    section = Model()
    section.id = _text(data['id'])
    section.revision = (None if data['revision'] is None else _text(data['revision'])) if 'revision' in data else None
    section.served_name = (None if data['servedName'] is None else _text(data['servedName'])) if 'servedName' in data else None
    section.config = (None if data['config'] is None else _values(data['config']) if type(data['config']) is dict else _text(data['config'])) if 'config' in data else None
    return section


class SecretKey:
    __slots__ = ('name', 'key',)


_SecretKey_FIELDS = frozenset(('name', 'key',))


def _secretkey(data: Any) -> SecretKey:
    _given(data, _SecretKey_FIELDS)
    section = SecretKey()
    section.name = _text(data['name'])
    section.key = _text(data['key'])
    return section


class SecretValue:
    __slots__ = ('secret_key_ref',)


_SecretValue_FIELDS = frozenset(('secretKeyRef',))


def _secretvalue(data: Any) -> SecretValue:
    _given(data, _SecretValue_FIELDS)
    section = SecretValue()
    section.secret_key_ref = _secretkey(data['secretKeyRef'])
    return section


class Vllm:
    __slots__ = ('version', 'args', 'env', 'executor',)


_Vllm_FIELDS = frozenset(('version', 'args', 'env', 'executor',))


def _vllm(data: Any) -> Vllm:
    _given(data, _Vllm_FIELDS)
    section = Vllm()
    section.version = _text(data['version'])
    section.args = _values(data['args']) if 'args' in data else {}
    section.env = _map(data['env'], lambda item: (_secretvalue(item) if type(item) is dict else _text(item))) if 'env' in data else {}
    section.executor = _choice(data['executor'], frozenset(('auto', 'native', 'ray'))) if 'executor' in data else 'auto'
    return section


class Parallelism:
    __slots__ = ('tensor', 'pipeline',)


_Parallelism_FIELDS = frozenset(('tensor', 'pipeline',))


def _parallelism(data: Any) -> Parallelism:
    _given(data, _Parallelism_FIELDS)
    section = Parallelism()
    section.tensor = _whole(data['tensor'], 1, None)
    section.pipeline = _whole(data['pipeline'], 1, None) if 'pipeline' in data else 1
    return section


class Cluster:
    __slots__ = ('project', 'name', 'region', 'location', 'gke', 'lws', 'kueue',)


_Cluster_FIELDS = frozenset(('project', 'name', 'region', 'location', 'gke', 'lws', 'kueue',))


def _cluster(data: Any) -> Cluster:
    _given(data, _Cluster_FIELDS)
    section = Cluster()
    section.project = _text(data['project'])
    section.name = _text(data['name'])
    section.region = _text(data['region'])
    section.location = (None if data['location'] is None else _text(data['location'])) if 'location' in data else None
    section.gke = (None if data['gke'] is None else _text(data['gke'])) if 'gke' in data else None
    section.lws = (None if data['lws'] is None else _text(data['lws'])) if 'lws' in data else None
    section.kueue = (None if data['kueue'] is None else _text(data['kueue'])) if 'kueue' in data else None
    return section


class Image:
    __slots__ = ('registry', 'name', 'tag', 'digest',)


_Image_FIELDS = frozenset(('registry', 'name', 'tag', 'digest',))


def _image(data: Any) -> Image:
    _given(data, _Image_FIELDS)
    section = Image()
    section.registry = _text(data['registry'])
    section.name = _text(data['name']) if 'name' in data else 'vllm-openai'
    section.tag = (None if data['tag'] is None else _text(data['tag'])) if 'tag' in data else None
    section.digest = (None if data['digest'] is None else _text(data['digest'])) if 'digest' in data else None
    return section


class Network:
    __slots__ = ('mode', 'naming', 'subnetworks', 'rdma_requests', 'nccl',)


_Network_FIELDS = frozenset(('mode', 'naming', 'subnetworks', 'rdmaRequests', 'nccl',))


def _network(data: Any) -> Network:
    _given(data, _Network_FIELDS)
    section = Network()
    section.mode = _choice(data['mode'], frozenset(('host', 'pod'))) if 'mode' in data else 'pod'
    section.naming = (None if data['naming'] is None else _text(data['naming'])) if 'naming' in data else None
    section.subnetworks = (None if data['subnetworks'] is None else _items(data['subnetworks'], lambda item: _text(item))) if 'subnetworks' in data else None
    section.rdma_requests = _choice(data['rdmaRequests'], frozenset(('gke', 'zero'))) if 'rdmaRequests' in data else 'gke'
    section.nccl = _texts(data['nccl']) if 'nccl' in data else {}
    return section


class Gpudirect:
    __slots__ = ('release', 'nccl_plugin_image', 'rxdm_image', 'build_type', 'use_host_plugin',)


_Gpudirect_FIELDS = frozenset(('release', 'ncclPluginImage', 'rxdmImage', 'buildType', 'useHostPlugin',))


def _gpudirect(data: Any) -> Gpudirect:
    _given(data, _Gpudirect_FIELDS)
    section = Gpudirect()
    section.release = (None if data['release'] is None else _text(data['release'])) if 'release' in data else None
    section.nccl_plugin_image = (None if data['ncclPluginImage'] is None else _text(data['ncclPluginImage'])) if 'ncclPluginImage' in data else None
    section.rxdm_image = (None if data['rxdmImage'] is None else _text(data['rxdmImage'])) if 'rxdmImage' in data else None
    section.build_type = (None if data['buildType'] is None else _whole(data['buildType'], None, None) if type(data['buildType']) is int else _text(data['buildType'])) if 'buildType' in data else None
    section.use_host_plugin = _switch(data['useHostPlugin']) if 'useHostPlugin' in data else False
    return section


class Storage:
    __slots__ = ('bucket', 'mount_path', 'ssd_mount_path', 'shared_memory', 'model_cache',)


_Storage_FIELDS = frozenset(('bucket', 'mountPath', 'ssdMountPath', 'sharedMemory', 'modelCache',))


def _storage(data: Any) -> Storage:
    _given(data, _Storage_FIELDS)
    section = Storage()
    section.bucket = _text(data['bucket'])
    section.mount_path = _text(data['mountPath']) if 'mountPath' in data else '/gcs'
    section.ssd_mount_path = _text(data['ssdMountPath']) if 'ssdMountPath' in data else '/ssd'
    section.shared_memory = _text(data['sharedMemory']) if 'sharedMemory' in data else '250Gi'
    section.model_cache = _choice(data['modelCache'], frozenset(('emptyDir', 'hostPath'))) if 'modelCache' in data else 'hostPath'
    return section


class ExternalSecretStore:
    __slots__ = ('store', 'store_kind', 'key',)


_ExternalSecretStore_FIELDS = frozenset(('store', 'storeKind', 'key',))


def _externalsecretstore(data: Any) -> ExternalSecretStore:
    _given(data, _ExternalSecretStore_FIELDS)
    section = ExternalSecretStore()
    section.store = _text(data['store']) if 'store' in data else 'gcp-secret-manager'
    section.store_kind = _choice(data['storeKind'], frozenset(('ClusterSecretStore', 'SecretStore'))) if 'storeKind' in data else 'ClusterSecretStore'
    section.key = (None if data['key'] is None else _text(data['key'])) if 'key' in data else None
    return section


class Huggingface:
    __slots__ = ('secret_name', 'secret_key', 'source', 'external_secret',)


_Huggingface_FIELDS = frozenset(('secretName', 'secretKey', 'source', 'externalSecret',))


def _huggingface(data: Any) -> Huggingface:
    _given(data, _Huggingface_FIELDS)
    section = Huggingface()
    section.secret_name = _text(data['secretName']) if 'secretName' in data else 'hf-secret'
    section.secret_key = _text(data['secretKey']) if 'secretKey' in data else 'hf_api_token'
    section.source = _choice(data['source'], frozenset(('envFile', 'existing', 'externalSecret', 'manifest'))) if 'source' in data else 'envFile'
    section.external_secret = _externalsecretstore(data['externalSecret']) if 'externalSecret' in data else _externalsecretstore({})
    return section


class Service:
    __slots__ = ('type', 'port',)


_Service_FIELDS = frozenset(('type', 'port',))


def _service(data: Any) -> Service:
    _given(data, _Service_FIELDS)
    section = Service()
    section.type = _choice(data['type'], frozenset(('ClusterIP', 'LoadBalancer', 'NodePort'))) if 'type' in data else 'ClusterIP'
    section.port = _whole(data['port'], 1, 65535) if 'port' in data else 8000
    return section


class Goodput:
    __slots__ = ('ttft_ms', 'tpot_ms', 'e2el_ms',)


_Goodput_FIELDS = frozenset(('ttftMs', 'tpotMs', 'e2elMs',))


def _goodput(data: Any) -> Goodput:
    _given(data, _Goodput_FIELDS)
    section = Goodput()
    section.ttft_ms = (None if data['ttftMs'] is None else _number(data['ttftMs'], 0.001)) if 'ttftMs' in data else None
    section.tpot_ms = (None if data['tpotMs'] is None else _number(data['tpotMs'], 0.001)) if 'tpotMs' in data else None
    section.e2el_ms = (None if data['e2elMs'] is None else _number(data['e2elMs'], 0.001)) if 'e2elMs' in data else None
    return section


class Point:
    __slots__ = ('name', 'input_len', 'output_len', 'prompts', 'concurrency', 'request_rate', 'dataset', 'dataset_path',)


_Point_FIELDS = frozenset(('name', 'inputLen', 'outputLen', 'prompts', 'concurrency', 'requestRate', 'dataset', 'datasetPath',))


def _point(data: Any) -> Point:
    _given(data, _Point_FIELDS)
    section = Point()
    section.name = (None if data['name'] is None else _text(data['name'])) if 'name' in data else None
    section.input_len = (None if data['inputLen'] is None else _whole(data['inputLen'], 1, None)) if 'inputLen' in data else None
    section.output_len = (None if data['outputLen'] is None else _whole(data['outputLen'], 1, None)) if 'outputLen' in data else None
    section.prompts = (None if data['prompts'] is None else _whole(data['prompts'], 1, None)) if 'prompts' in data else None
    section.concurrency = (None if data['concurrency'] is None else _whole(data['concurrency'], 1, None)) if 'concurrency' in data else None
    section.request_rate = (None if data['requestRate'] is None else _number(data['requestRate'], 0.001)) if 'requestRate' in data else None
    section.dataset = (None if data['dataset'] is None else _choice(data['dataset'], frozenset(('random', 'sharegpt')))) if 'dataset' in data else None
    section.dataset_path = (None if data['datasetPath'] is None else _text(data['datasetPath'])) if 'datasetPath' in data else None
    return section


class Benchmark:
    __slots__ = ('input_len', 'output_len', 'prompts', 'concurrency', 'request_rate', 'dataset', 'dataset_path', 'warmup_prompts', 'goodput', 'points',)


_Benchmark_FIELDS = frozenset(('inputLen', 'outputLen', 'prompts', 'concurrency', 'requestRate', 'dataset', 'datasetPath', 'warmupPrompts', 'goodput', 'points',))


def _benchmark(data: Any) -> Benchmark:
    _given(data, _Benchmark_FIELDS)
    section = Benchmark()
    section.input_len = _whole(data['inputLen'], 1, None) if 'inputLen' in data else 1000
    section.output_len = _whole(data['outputLen'], 1, None) if 'outputLen' in data else 1000
    section.prompts = _whole(data['prompts'], 1, None) if 'prompts' in data else 1100
    section.concurrency = (None if data['concurrency'] is None else _whole(data['concurrency'], 1, None)) if 'concurrency' in data else None
    section.request_rate = (None if data['requestRate'] is None else _number(data['requestRate'], 0.001)) if 'requestRate' in data else None
    section.dataset = _choice(data['dataset'], frozenset(('random', 'sharegpt'))) if 'dataset' in data else 'random'
    section.dataset_path = (None if data['datasetPath'] is None else _text(data['datasetPath'])) if 'datasetPath' in data else None
    section.warmup_prompts = _whole(data['warmupPrompts'], 0, None) if 'warmupPrompts' in data else 8
    section.goodput = _goodput(data['goodput']) if 'goodput' in data else _goodput({})
    section.points = _items(data['points'], lambda item: _point(item)) if 'points' in data else []
    return section


class Build:
    __slots__ = ('region', 'machine_type', 'disk_size_gb', 'timeout',)


_Build_FIELDS = frozenset(('region', 'machineType', 'diskSizeGb', 'timeout',))


def _build(data: Any) -> Build:
    _given(data, _Build_FIELDS)
    section = Build()
    section.region = (None if data['region'] is None else _text(data['region'])) if 'region' in data else None
    section.machine_type = _text(data['machineType']) if 'machineType' in data else 'e2-highcpu-32'
    section.disk_size_gb = _whole(data['diskSizeGb'], 1, None) if 'diskSizeGb' in data else 1000
    section.timeout = _text(data['timeout']) if 'timeout' in data else '7200s'
    return section


class Toleration:
    __slots__ = ('key', 'operator', 'value', 'effect', 'toleration_seconds',)


_Toleration_FIELDS = frozenset(('key', 'operator', 'value', 'effect', 'tolerationSeconds',))


def _toleration(data: Any) -> Toleration:
    _given(data, _Toleration_FIELDS)
    section = Toleration()
    section.key = (None if data['key'] is None else _text(data['key'])) if 'key' in data else None
    section.operator = _choice(data['operator'], frozenset(('Equal', 'Exists'))) if 'operator' in data else 'Equal'
    section.value = (None if data['value'] is None else _text(data['value'])) if 'value' in data else None
    section.effect = (None if data['effect'] is None else _choice(data['effect'], frozenset(('NoExecute', 'NoSchedule', 'PreferNoSchedule')))) if 'effect' in data else None
    section.toleration_seconds = (None if data['tolerationSeconds'] is None else _whole(data['tolerationSeconds'], None, None)) if 'tolerationSeconds' in data else None
    return section


class Scheduling:
    __slots__ = ('target_nodes', 'queue', 'priority_class', 'node_selector', 'tolerations', 'exclusive_topology',)


_Scheduling_FIELDS = frozenset(('targetNodes', 'queue', 'priorityClass', 'nodeSelector', 'tolerations', 'exclusiveTopology',))


def _scheduling(data: Any) -> Scheduling:
    _given(data, _Scheduling_FIELDS)
    section = Scheduling()
    section.target_nodes = _items(data['targetNodes'], lambda item: _text(item)) if 'targetNodes' in data else []
    section.queue = (None if data['queue'] is None else _text(data['queue'])) if 'queue' in data else None
    section.priority_class = (None if data['priorityClass'] is None else _text(data['priorityClass'])) if 'priorityClass' in data else None
    section.node_selector = (None if data['nodeSelector'] is None else _texts(data['nodeSelector'])) if 'nodeSelector' in data else None
    section.tolerations = (None if data['tolerations'] is None else _items(data['tolerations'], lambda item: _toleration(item))) if 'tolerations' in data else None
    section.exclusive_topology = (None if data['exclusiveTopology'] is None else _text(data['exclusiveTopology'])) if 'exclusiveTopology' in data else None
    return section


class Spec:
    __slots__ = ('platform', 'model', 'vllm', 'parallelism', 'nodes', 'replicas', 'cluster', 'image', 'network', 'gpudirect', 'storage', 'service_account_name', 'huggingface', 'service', 'benchmark', 'build', 'scheduling',)


_Spec_FIELDS = frozenset(('platform', 'model', 'vllm', 'parallelism', 'nodes', 'replicas', 'cluster', 'image', 'network', 'gpudirect', 'storage', 'serviceAccountName', 'huggingface', 'service', 'benchmark', 'build', 'scheduling',))


def _spec(data: Any) -> Spec:
    _given(data, _Spec_FIELDS)
    section = Spec()
    section.platform = _text(data['platform'])
    section.model = _model(data['model'])
    section.vllm = _vllm(data['vllm'])
    section.parallelism = _parallelism(data['parallelism'])
    section.nodes = (None if data['nodes'] is None else _whole(data['nodes'], 1, None)) if 'nodes' in data else None
    section.replicas = _whole(data['replicas'], 0, 1000000) if 'replicas' in data else 1
    section.cluster = _cluster(data['cluster'])
    section.image = _image(data['image'])
    section.network = _network(data['network']) if 'network' in data else _network({})
    section.gpudirect = _gpudirect(data['gpudirect']) if 'gpudirect' in data else _gpudirect({})
    section.storage = _storage(data['storage'])
    section.service_account_name = (None if data['serviceAccountName'] is None else _text(data['serviceAccountName'])) if 'serviceAccountName' in data else None
    section.huggingface = _huggingface(data['huggingface']) if 'huggingface' in data else _huggingface({})
    section.service = _service(data['service']) if 'service' in data else _service({})
    section.benchmark = _benchmark(data['benchmark']) if 'benchmark' in data else _benchmark({})
    section.build = _build(data['build']) if 'build' in data else _build({})
    section.scheduling = _scheduling(data['scheduling']) if 'scheduling' in data else _scheduling({})
    return section


class Profile:
    __slots__ = ('api_version', 'kind', 'extends', 'metadata', 'spec',)


_Profile_FIELDS = frozenset(('apiVersion', 'kind', 'extends', 'metadata', 'spec',))


def _profile(data: Any) -> Profile:
    _given(data, _Profile_FIELDS)
    section = Profile()
    section.api_version = _choice(data['apiVersion'], frozenset(('r1c.dev/v1alpha1',)))
    section.kind = _choice(data['kind'], frozenset(('Recipe',)))
    section.extends = (None if data['extends'] is None else _text(data['extends'])) if 'extends' in data else None
    section.metadata = _metadata(data['metadata'])
    section.spec = _spec(data['spec'])
    return section
