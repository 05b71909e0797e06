"""Schemas as functions: made by tools/generate.py from schemas/*.schema.json; edit those."""

# fmt: off
# ruff: noqa
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any


@cache
def _search(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


def _short(pattern: str) -> Callable[[str], bool]:
    return lru_cache(1024)(lambda v: _search(pattern)(v) is not None)


def _long(pattern: str) -> Callable[[str], bool]:
    short = _short(pattern)
    return lambda v: short(v) if len(v) <= 256 else _search(pattern)(v) is not None


def _integer(v: Any) -> bool:
    return isinstance(v, int) and not isinstance(v, bool)


def _number(v: Any) -> bool:
    return isinstance(v, (int, float)) and not isinstance(v, bool)


_fitting: dict[tuple[int, Callable[[Any], bool]], object] = {}
"""The lists of the document in hand whose items all fit: what two parts of it share is looked at once."""


def _all(one: Callable[[Any], bool], v: Any) -> bool:
    if (id(v), one) not in _fitting:
        for x in v:
            if not one(x):
                return False
        _fitting[id(v), one] = v
    return True

def _part_2(v: Any) -> bool:
    if isinstance(v, dict):
        if 'args' not in v:
            return False
    return True


def _part_3(v: Any) -> bool:
    if isinstance(v, dict):
        if 'entrypoint' not in v:
            return False
    return True


def _part_1(v: Any) -> bool:
    if not any((_part_2(v), _part_3(v),)):
        return False
    if isinstance(v, dict):
        if 'script' not in v:
            return False
    return True


def _is_primitives_strings(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not (isinstance(x0, str)):
            return False
    return True


def _is_cloudbuild_settings(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not (isinstance(x0, str)):
            return False
        if not _MATCHES_1(x0):
            return False
    return True


def _is_primitives_duration(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if not _MATCHES_2(v):
        return False
    return True


def _is_cloudbuild_step(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if _part_1(v):
        return False
    if 'name' not in v:
        return False
    if not _FIELDS_2.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'id' in v:
        x0 = v['id']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'waitFor' in v:
        x0 = v['waitFor']
        if not _is_primitives_strings(x0):
            return False
    if 'entrypoint' in v:
        x0 = v['entrypoint']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'args' in v:
        x0 = v['args']
        if not _is_primitives_strings(x0):
            return False
    if 'script' in v:
        x0 = v['script']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'dir' in v:
        x0 = v['dir']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'env' in v:
        x0 = v['env']
        if not _is_cloudbuild_settings(x0):
            return False
    if 'timeout' in v:
        x0 = v['timeout']
        if not _is_primitives_duration(x0):
            return False
    if 'automapSubstitutions' in v:
        x0 = v['automapSubstitutions']
        if not (isinstance(x0, bool)):
            return False
    return True


def _is_cloudbuild(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'steps' not in v or 'images' not in v or 'timeout' not in v:
        return False
    if not _FIELDS_1.issuperset(v):
        return False
    if 'steps' in v:
        x0 = v['steps']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        if not _all(_is_cloudbuild_step, x0):
            return False
    if 'images' in v:
        x0 = v['images']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not (isinstance(x1, str)):
                return False
            if len(x1) < 1:
                return False
        if len(set(x0)) != len(x0):
            return False
    if 'timeout' in v:
        x0 = v['timeout']
        if not _is_primitives_duration(x0):
            return False
    if 'queueTtl' in v:
        x0 = v['queueTtl']
        if not _is_primitives_duration(x0):
            return False
    if 'substitutions' in v:
        x0 = v['substitutions']
        if not (isinstance(x0, dict)):
            return False
        for x1 in x0:
            if isinstance(x1, str):
                if not _MATCHES_3(x1):
                    return False
        for k, x1 in x0.items():
            if not (isinstance(x1, str)):
                return False
    if 'serviceAccount' in v:
        x0 = v['serviceAccount']
        if not (isinstance(x0, str)):
            return False
        if not _MATCHES_4(x0):
            return False
    if 'logsBucket' in v:
        x0 = v['logsBucket']
        if not (isinstance(x0, str)):
            return False
        if len(x0) < 1:
            return False
    if 'tags' in v:
        x0 = v['tags']
        if not _is_primitives_strings(x0):
            return False
    if 'options' in v:
        x0 = v['options']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_3.issuperset(x0):
            return False
        if 'machineType' in x0:
            x1 = x0['machineType']
            if not x1 == 'UNSPECIFIED' and not x1 == 'N1_HIGHCPU_8' and not x1 == 'N1_HIGHCPU_32' and not x1 == 'E2_HIGHCPU_8' and not x1 == 'E2_HIGHCPU_32' and not x1 == 'E2_MEDIUM':
                return False
        if 'diskSizeGb' in x0:
            x1 = x0['diskSizeGb']
            if not (_integer(x1)):
                return False
            if x1 < 1:
                return False
            if x1 > 4000:
                return False
        if 'logging' in x0:
            x1 = x0['logging']
            if not x1 == 'LEGACY' and not x1 == 'GCS_ONLY' and not x1 == 'CLOUD_LOGGING_ONLY' and not x1 == 'NONE':
                return False
        if 'defaultLogsBucketBehavior' in x0:
            x1 = x0['defaultLogsBucketBehavior']
            if not x1 == 'REGIONAL_USER_OWNED_BUCKET' and not x1 == 'LEGACY_BUCKET':
                return False
        if 'logStreamingOption' in x0:
            x1 = x0['logStreamingOption']
            if not x1 == 'STREAM_DEFAULT' and not x1 == 'STREAM_ON' and not x1 == 'STREAM_OFF':
                return False
        if 'substitutionOption' in x0:
            x1 = x0['substitutionOption']
            if not x1 == 'MUST_MATCH' and not x1 == 'ALLOW_LOOSE':
                return False
        if 'dynamicSubstitutions' in x0:
            x1 = x0['dynamicSubstitutions']
            if not (isinstance(x1, bool)):
                return False
        if 'automapSubstitutions' in x0:
            x1 = x0['automapSubstitutions']
            if not (isinstance(x1, bool)):
                return False
        if 'requestedVerifyOption' in x0:
            x1 = x0['requestedVerifyOption']
            if not x1 == 'NOT_VERIFIED' and not x1 == 'VERIFIED':
                return False
        if 'env' in x0:
            x1 = x0['env']
            if not _is_cloudbuild_settings(x1):
                return False
    return True


def _is_primitives_dns1123Subdomain(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 253:
        return False
    if not _MATCHES_5(v):
        return False
    return True


def _is_primitives_dns1123Label(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 63:
        return False
    if not _MATCHES_6(v):
        return False
    return True


def _is_primitives_qualifiedName(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 317:
        return False
    if not _MATCHES_7(v):
        return False
    return True


def _is_primitives_labelValue(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 63:
        return False
    if not _MATCHES_8(v):
        return False
    return True


def _is_primitives_labels(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    for x0 in v:
        if not _is_primitives_qualifiedName(x0):
            return False
    for k, x0 in v.items():
        if not _is_primitives_labelValue(x0):
            return False
    return True


def _is_primitives_annotations(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    for x0 in v:
        if not _is_primitives_qualifiedName(x0):
            return False
    for k, x0 in v.items():
        if not (isinstance(x0, str)):
            return False
    return True


def _is_primitives_metadata(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v or 'namespace' not in v:
        return False
    if not _FIELDS_5.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    if 'namespace' in v:
        x0 = v['namespace']
        if not _is_primitives_dns1123Label(x0):
            return False
    if 'labels' in v:
        x0 = v['labels']
        if not _is_primitives_labels(x0):
            return False
    if 'annotations' in v:
        x0 = v['annotations']
        if not _is_primitives_annotations(x0):
            return False
    return True


def _is_primitives_dataKey(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 253:
        return False
    if not _MATCHES_9(v):
        return False
    return True


def _is_configmap(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'data' not in v:
        return False
    if not _FIELDS_4.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'ConfigMap':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
    if 'data' in v:
        x0 = v['data']
        if not (isinstance(x0, dict)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not _is_primitives_dataKey(x1):
                return False
        for k, x1 in x0.items():
            if not (isinstance(x1, str)):
                return False
    return True


def _is_primitives_labelSelector(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if len(v) < 1:
        return False
    if not _FIELDS_8.issuperset(v):
        return False
    if 'matchLabels' in v:
        x0 = v['matchLabels']
        if not _is_primitives_labels(x0):
            return False
        if isinstance(x0, dict):
            if len(x0) < 1:
                return False
    if 'matchExpressions' in v:
        x0 = v['matchExpressions']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'key' not in x1 or 'operator' not in x1:
                return False
            if not _FIELDS_9.issuperset(x1):
                return False
            if 'key' in x1:
                x2 = x1['key']
                if not _is_primitives_qualifiedName(x2):
                    return False
            if 'operator' in x1:
                x2 = x1['operator']
                if not x2 == 'In' and not x2 == 'NotIn' and not x2 == 'Exists' and not x2 == 'DoesNotExist':
                    return False
            if 'values' in x1:
                x2 = x1['values']
                if not (isinstance(x2, list)):
                    return False
                for x3 in x2:
                    if not _is_primitives_labelValue(x3):
                        return False
    return True


def _is_primitives_countOrPercent(v: Any) -> bool:
    if not (_integer(v) or isinstance(v, str)):
        return False
    if isinstance(v, str):
        if not _MATCHES_10(v):
            return False
    if _number(v):
        if v < 0:
            return False
    return True


def _is_pod_template_nodeTerm(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if len(v) < 1:
        return False
    if not _FIELDS_18.issuperset(v):
        return False
    if 'matchExpressions' in v:
        x0 = v['matchExpressions']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'key' not in x1 or 'operator' not in x1:
                return False
            if not _FIELDS_9.issuperset(x1):
                return False
            if 'key' in x1:
                x2 = x1['key']
                if not _is_primitives_qualifiedName(x2):
                    return False
            if 'operator' in x1:
                x2 = x1['operator']
                if not x2 == 'In' and not x2 == 'NotIn' and not x2 == 'Exists' and not x2 == 'DoesNotExist' and not x2 == 'Gt' and not x2 == 'Lt':
                    return False
            if 'values' in x1:
                x2 = x1['values']
                if not (isinstance(x2, list)):
                    return False
                if len(x2) < 1:
                    return False
                for x3 in x2:
                    if not _is_primitives_labelValue(x3):
                        return False
    return True


def _is_pod_template_weight(v: Any) -> bool:
    if not (_integer(v)):
        return False
    if v < 1:
        return False
    if v > 100:
        return False
    return True


def _is_pod_template_podTerm(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'labelSelector' not in v or 'topologyKey' not in v:
        return False
    if not _FIELDS_20.issuperset(v):
        return False
    if 'labelSelector' in v:
        x0 = v['labelSelector']
        if not _is_primitives_labelSelector(x0):
            return False
    if 'topologyKey' in v:
        x0 = v['topologyKey']
        if not _is_primitives_qualifiedName(x0):
            return False
    return True


def _is_pod_template_podAffinity(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if not _FIELDS_16.issuperset(v):
        return False
    if 'requiredDuringSchedulingIgnoredDuringExecution' in v:
        x0 = v['requiredDuringSchedulingIgnoredDuringExecution']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_podTerm, x0):
            return False
    if 'preferredDuringSchedulingIgnoredDuringExecution' in v:
        x0 = v['preferredDuringSchedulingIgnoredDuringExecution']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'weight' not in x1 or 'podAffinityTerm' not in x1:
                return False
            if not _FIELDS_21.issuperset(x1):
                return False
            if 'weight' in x1:
                x2 = x1['weight']
                if not _is_pod_template_weight(x2):
                    return False
            if 'podAffinityTerm' in x1:
                x2 = x1['podAffinityTerm']
                if not _is_pod_template_podTerm(x2):
                    return False
    return True


def _is_pod_template_affinity(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if len(v) < 1:
        return False
    if not _FIELDS_15.issuperset(v):
        return False
    if 'nodeAffinity' in v:
        x0 = v['nodeAffinity']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_16.issuperset(x0):
            return False
        if 'requiredDuringSchedulingIgnoredDuringExecution' in x0:
            x1 = x0['requiredDuringSchedulingIgnoredDuringExecution']
            if not (isinstance(x1, dict)):
                return False
            if 'nodeSelectorTerms' not in x1:
                return False
            if not _FIELDS_17.issuperset(x1):
                return False
            if 'nodeSelectorTerms' in x1:
                x2 = x1['nodeSelectorTerms']
                if not (isinstance(x2, list)):
                    return False
                if len(x2) < 1:
                    return False
                if not _all(_is_pod_template_nodeTerm, x2):
                    return False
        if 'preferredDuringSchedulingIgnoredDuringExecution' in x0:
            x1 = x0['preferredDuringSchedulingIgnoredDuringExecution']
            if not (isinstance(x1, list)):
                return False
            for x2 in x1:
                if not (isinstance(x2, dict)):
                    return False
                if 'weight' not in x2 or 'preference' not in x2:
                    return False
                if not _FIELDS_19.issuperset(x2):
                    return False
                if 'weight' in x2:
                    x3 = x2['weight']
                    if not _is_pod_template_weight(x3):
                        return False
                if 'preference' in x2:
                    x3 = x2['preference']
                    if not _is_pod_template_nodeTerm(x3):
                        return False
    if 'podAffinity' in v:
        x0 = v['podAffinity']
        if not _is_pod_template_podAffinity(x0):
            return False
    if 'podAntiAffinity' in v:
        x0 = v['podAntiAffinity']
        if not _is_pod_template_podAffinity(x0):
            return False
    return True


def _is_pod_template_toleration(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if not _FIELDS_22.issuperset(v):
        return False
    if 'key' in v:
        x0 = v['key']
        if not _is_primitives_qualifiedName(x0):
            return False
    if 'operator' in v:
        x0 = v['operator']
        if not x0 == 'Exists' and not x0 == 'Equal':
            return False
    if 'value' in v:
        x0 = v['value']
        if not _is_primitives_labelValue(x0):
            return False
    if 'effect' in v:
        x0 = v['effect']
        if not x0 == 'NoSchedule' and not x0 == 'PreferNoSchedule' and not x0 == 'NoExecute':
            return False
    if 'tolerationSeconds' in v:
        x0 = v['tolerationSeconds']
        if not (_integer(x0)):
            return False
    return True


def _is_pod_template_localReference(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v:
        return False
    if not _FIELDS_23.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    return True


def _is_pod_template_seccompProfile(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'type' not in v:
        return False
    if not _FIELDS_25.issuperset(v):
        return False
    if 'type' in v:
        x0 = v['type']
        if not x0 == 'RuntimeDefault' and not x0 == 'Unconfined':
            return False
    return True


def _is_primitives_quantity(v: Any) -> bool:
    if not (isinstance(v, str) or _integer(v)):
        return False
    if isinstance(v, str):
        if not _MATCHES_11(v):
            return False
    if _number(v):
        if v < 0:
            return False
    return True


def _is_primitives_absolutePath(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if not _MATCHES_12(v):
        return False
    return True


def _is_pod_template_fileMode(v: Any) -> bool:
    if not (_integer(v)):
        return False
    if v < 0:
        return False
    if v > 511:
        return False
    return True


def _is_pod_template_keyPaths(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not (isinstance(x0, dict)):
            return False
        if 'key' not in x0 or 'path' not in x0:
            return False
        if not _FIELDS_31.issuperset(x0):
            return False
        if 'key' in x0:
            x1 = x0['key']
            if not _is_primitives_dataKey(x1):
                return False
        if 'path' in x0:
            x1 = x0['path']
            if not (isinstance(x1, str)):
                return False
            if not _MATCHES_13(x1):
                return False
        if 'mode' in x0:
            x1 = x0['mode']
            if not _is_pod_template_fileMode(x1):
                return False
    return True


def _is_pod_template_volume(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v:
        return False
    if len(v) < 2:
        return False
    if len(v) > 2:
        return False
    if not _FIELDS_26.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_dns1123Label(x0):
            return False
    if 'emptyDir' in v:
        x0 = v['emptyDir']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_27.issuperset(x0):
            return False
        if 'medium' in x0:
            x1 = x0['medium']
            if not x1 == 'Memory':
                return False
        if 'sizeLimit' in x0:
            x1 = x0['sizeLimit']
            if not _is_primitives_quantity(x1):
                return False
    if 'hostPath' in v:
        x0 = v['hostPath']
        if not (isinstance(x0, dict)):
            return False
        if 'path' not in x0:
            return False
        if not _FIELDS_28.issuperset(x0):
            return False
        if 'path' in x0:
            x1 = x0['path']
            if not _is_primitives_absolutePath(x1):
                return False
        if 'type' in x0:
            x1 = x0['type']
            if not x1 == 'Directory' and not x1 == 'DirectoryOrCreate' and not x1 == 'File' and not x1 == 'FileOrCreate' and not x1 == 'Socket' and not x1 == 'CharDevice' and not x1 == 'BlockDevice':
                return False
    if 'csi' in v:
        x0 = v['csi']
        if not (isinstance(x0, dict)):
            return False
        if 'driver' not in x0:
            return False
        if not _FIELDS_29.issuperset(x0):
            return False
        if 'driver' in x0:
            x1 = x0['driver']
            if not _is_primitives_dns1123Subdomain(x1):
                return False
        if 'readOnly' in x0:
            x1 = x0['readOnly']
            if not (isinstance(x1, bool)):
                return False
        if 'volumeAttributes' in x0:
            x1 = x0['volumeAttributes']
            if not (isinstance(x1, dict)):
                return False
            for k, x2 in x1.items():
                if not (isinstance(x2, str)):
                    return False
    if 'configMap' in v:
        x0 = v['configMap']
        if not (isinstance(x0, dict)):
            return False
        if 'name' not in x0:
            return False
        if not _FIELDS_30.issuperset(x0):
            return False
        if 'name' in x0:
            x1 = x0['name']
            if not _is_primitives_dns1123Subdomain(x1):
                return False
        if 'defaultMode' in x0:
            x1 = x0['defaultMode']
            if not _is_pod_template_fileMode(x1):
                return False
        if 'items' in x0:
            x1 = x0['items']
            if not _is_pod_template_keyPaths(x1):
                return False
    if 'secret' in v:
        x0 = v['secret']
        if not (isinstance(x0, dict)):
            return False
        if 'secretName' not in x0:
            return False
        if not _FIELDS_32.issuperset(x0):
            return False
        if 'secretName' in x0:
            x1 = x0['secretName']
            if not _is_primitives_dns1123Subdomain(x1):
                return False
        if 'defaultMode' in x0:
            x1 = x0['defaultMode']
            if not _is_pod_template_fileMode(x1):
                return False
        if 'items' in x0:
            x1 = x0['items']
            if not _is_pod_template_keyPaths(x1):
                return False
    return True


def _is_primitives_image(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if not _MATCHES_14(v):
        return False
    return True


def _is_primitives_environmentName(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if not _MATCHES_15(v):
        return False
    return True


def _is_pod_template_keyReference(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v or 'key' not in v:
        return False
    if not _FIELDS_36.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    if 'key' in v:
        x0 = v['key']
        if not _is_primitives_dataKey(x0):
            return False
    return True


def _is_pod_template_variable(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v:
        return False
    if len(v) < 2:
        return False
    if len(v) > 2:
        return False
    if not _FIELDS_34.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_environmentName(x0):
            return False
    if 'value' in v:
        x0 = v['value']
        if not (isinstance(x0, str)):
            return False
    if 'valueFrom' in v:
        x0 = v['valueFrom']
        if not (isinstance(x0, dict)):
            return False
        if len(x0) < 1:
            return False
        if len(x0) > 1:
            return False
        if not _FIELDS_35.issuperset(x0):
            return False
        if 'secretKeyRef' in x0:
            x1 = x0['secretKeyRef']
            if not _is_pod_template_keyReference(x1):
                return False
        if 'configMapKeyRef' in x0:
            x1 = x0['configMapKeyRef']
            if not _is_pod_template_keyReference(x1):
                return False
        if 'fieldRef' in x0:
            x1 = x0['fieldRef']
            if not (isinstance(x1, dict)):
                return False
            if 'fieldPath' not in x1:
                return False
            if not _FIELDS_37.issuperset(x1):
                return False
            if 'apiVersion' in x1:
                x2 = x1['apiVersion']
                if not x2 == 'v1':
                    return False
            if 'fieldPath' in x1:
                x2 = x1['fieldPath']
                if not (isinstance(x2, str)):
                    return False
                if not _MATCHES_16(x2):
                    return False
    return True


def _is_primitives_portName(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 15:
        return False
    if not _MATCHES_17(v):
        return False
    return True


def _is_primitives_portNumber(v: Any) -> bool:
    if not (_integer(v)):
        return False
    if v < 1:
        return False
    if v > 65535:
        return False
    return True


def _is_pod_template_resources(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    for x0 in v:
        if not _is_primitives_qualifiedName(x0):
            return False
    for k, x0 in v.items():
        if not _is_primitives_quantity(x0):
            return False
    return True


def _is_pod_template_capabilities(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    for x0 in v:
        if not (isinstance(x0, str)):
            return False
        if not _MATCHES_18(x0):
            return False
    return True


def _part_4(v: Any) -> bool:
    if isinstance(v, dict):
        if 'exec' not in v:
            return False
    return True


def _part_5(v: Any) -> bool:
    if isinstance(v, dict):
        if 'httpGet' not in v:
            return False
    return True


def _part_6(v: Any) -> bool:
    if isinstance(v, dict):
        if 'tcpSocket' not in v:
            return False
    return True


def _is_pod_template_actions_exec(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'command' not in v:
        return False
    if not _FIELDS_44.issuperset(v):
        return False
    if 'command' in v:
        x0 = v['command']
        if not _is_primitives_strings(x0):
            return False
    return True


def _is_primitives_portReference(v: Any) -> bool:
    if not (_integer(v) or isinstance(v, str)):
        return False
    if isinstance(v, str):
        if len(v) > 15:
            return False
        if not _MATCHES_17(v):
            return False
    if _number(v):
        if v < 1:
            return False
        if v > 65535:
            return False
    return True


def _is_pod_template_actions_httpGet(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'port' not in v:
        return False
    if not _FIELDS_45.issuperset(v):
        return False
    if 'path' in v:
        x0 = v['path']
        if not (isinstance(x0, str)):
            return False
        if not _MATCHES_19(x0):
            return False
    if 'port' in v:
        x0 = v['port']
        if not _is_primitives_portReference(x0):
            return False
    if 'scheme' in v:
        x0 = v['scheme']
        if not x0 == 'HTTP' and not x0 == 'HTTPS':
            return False
    return True


def _is_pod_template_actions_tcpSocket(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'port' not in v:
        return False
    if not _FIELDS_46.issuperset(v):
        return False
    if 'port' in v:
        x0 = v['port']
        if not _is_primitives_portReference(x0):
            return False
    return True


def _is_pod_template_probe(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if sum((_part_4(v), _part_5(v), _part_6(v),)) != 1:
        return False
    if not _FIELDS_43.issuperset(v):
        return False
    if 'exec' in v:
        x0 = v['exec']
        if not _is_pod_template_actions_exec(x0):
            return False
    if 'httpGet' in v:
        x0 = v['httpGet']
        if not _is_pod_template_actions_httpGet(x0):
            return False
    if 'tcpSocket' in v:
        x0 = v['tcpSocket']
        if not _is_pod_template_actions_tcpSocket(x0):
            return False
    if 'initialDelaySeconds' in v:
        x0 = v['initialDelaySeconds']
        if not (_integer(x0)):
            return False
        if x0 < 0:
            return False
    if 'periodSeconds' in v:
        x0 = v['periodSeconds']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    if 'timeoutSeconds' in v:
        x0 = v['timeoutSeconds']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    if 'successThreshold' in v:
        x0 = v['successThreshold']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    if 'failureThreshold' in v:
        x0 = v['failureThreshold']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    if 'terminationGracePeriodSeconds' in v:
        x0 = v['terminationGracePeriodSeconds']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    return True


def _is_pod_template_handler(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if len(v) < 1:
        return False
    if len(v) > 1:
        return False
    if not _FIELDS_48.issuperset(v):
        return False
    if 'exec' in v:
        x0 = v['exec']
        if not _is_pod_template_actions_exec(x0):
            return False
    if 'httpGet' in v:
        x0 = v['httpGet']
        if not _is_pod_template_actions_httpGet(x0):
            return False
    if 'sleep' in v:
        x0 = v['sleep']
        if not (isinstance(x0, dict)):
            return False
        if 'seconds' not in x0:
            return False
        if not _FIELDS_49.issuperset(x0):
            return False
        if 'seconds' in x0:
            x1 = x0['seconds']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
    return True


def _is_pod_template_container(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'name' not in v or 'image' not in v:
        return False
    if not _FIELDS_33.issuperset(v):
        return False
    if 'name' in v:
        x0 = v['name']
        if not _is_primitives_dns1123Label(x0):
            return False
    if 'image' in v:
        x0 = v['image']
        if not _is_primitives_image(x0):
            return False
    if 'imagePullPolicy' in v:
        x0 = v['imagePullPolicy']
        if not x0 == 'Always' and not x0 == 'IfNotPresent' and not x0 == 'Never':
            return False
    if 'restartPolicy' in v:
        x0 = v['restartPolicy']
        if not x0 == 'Always':
            return False
    if 'workingDir' in v:
        x0 = v['workingDir']
        if not _is_primitives_absolutePath(x0):
            return False
    if 'command' in v:
        x0 = v['command']
        if not _is_primitives_strings(x0):
            return False
    if 'args' in v:
        x0 = v['args']
        if not _is_primitives_strings(x0):
            return False
    if 'env' in v:
        x0 = v['env']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_variable, x0):
            return False
    if 'envFrom' in v:
        x0 = v['envFrom']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if len(x1) < 1:
                return False
            if len(x1) > 1:
                return False
            if not _FIELDS_38.issuperset(x1):
                return False
            if 'secretRef' in x1:
                x2 = x1['secretRef']
                if not _is_pod_template_localReference(x2):
                    return False
            if 'configMapRef' in x1:
                x2 = x1['configMapRef']
                if not _is_pod_template_localReference(x2):
                    return False
    if 'ports' in v:
        x0 = v['ports']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'containerPort' not in x1:
                return False
            if not _FIELDS_39.issuperset(x1):
                return False
            if 'name' in x1:
                x2 = x1['name']
                if not _is_primitives_portName(x2):
                    return False
            if 'containerPort' in x1:
                x2 = x1['containerPort']
                if not _is_primitives_portNumber(x2):
                    return False
            if 'protocol' in x1:
                x2 = x1['protocol']
                if not x2 == 'TCP' and not x2 == 'UDP' and not x2 == 'SCTP':
                    return False
    if 'resources' in v:
        x0 = v['resources']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_40.issuperset(x0):
            return False
        if 'limits' in x0:
            x1 = x0['limits']
            if not _is_pod_template_resources(x1):
                return False
        if 'requests' in x0:
            x1 = x0['requests']
            if not _is_pod_template_resources(x1):
                return False
    if 'securityContext' in v:
        x0 = v['securityContext']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_41.issuperset(x0):
            return False
        if 'privileged' in x0:
            x1 = x0['privileged']
            if not (isinstance(x1, bool)):
                return False
        if 'allowPrivilegeEscalation' in x0:
            x1 = x0['allowPrivilegeEscalation']
            if not (isinstance(x1, bool)):
                return False
        if 'readOnlyRootFilesystem' in x0:
            x1 = x0['readOnlyRootFilesystem']
            if not (isinstance(x1, bool)):
                return False
        if 'runAsUser' in x0:
            x1 = x0['runAsUser']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'runAsGroup' in x0:
            x1 = x0['runAsGroup']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'runAsNonRoot' in x0:
            x1 = x0['runAsNonRoot']
            if not (isinstance(x1, bool)):
                return False
        if 'seccompProfile' in x0:
            x1 = x0['seccompProfile']
            if not _is_pod_template_seccompProfile(x1):
                return False
        if 'capabilities' in x0:
            x1 = x0['capabilities']
            if not (isinstance(x1, dict)):
                return False
            if not _FIELDS_42.issuperset(x1):
                return False
            if 'add' in x1:
                x2 = x1['add']
                if not _is_pod_template_capabilities(x2):
                    return False
            if 'drop' in x1:
                x2 = x1['drop']
                if not _is_pod_template_capabilities(x2):
                    return False
    if 'startupProbe' in v:
        x0 = v['startupProbe']
        if not _is_pod_template_probe(x0):
            return False
    if 'readinessProbe' in v:
        x0 = v['readinessProbe']
        if not _is_pod_template_probe(x0):
            return False
    if 'livenessProbe' in v:
        x0 = v['livenessProbe']
        if not _is_pod_template_probe(x0):
            return False
    if 'lifecycle' in v:
        x0 = v['lifecycle']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_47.issuperset(x0):
            return False
        if 'postStart' in x0:
            x1 = x0['postStart']
            if not _is_pod_template_handler(x1):
                return False
        if 'preStop' in x0:
            x1 = x0['preStop']
            if not _is_pod_template_handler(x1):
                return False
    if 'terminationMessagePolicy' in v:
        x0 = v['terminationMessagePolicy']
        if not x0 == 'File' and not x0 == 'FallbackToLogsOnError':
            return False
    if 'volumeMounts' in v:
        x0 = v['volumeMounts']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'name' not in x1 or 'mountPath' not in x1:
                return False
            if not _FIELDS_50.issuperset(x1):
                return False
            if 'name' in x1:
                x2 = x1['name']
                if not _is_primitives_dns1123Label(x2):
                    return False
            if 'mountPath' in x1:
                x2 = x1['mountPath']
                if not _is_primitives_absolutePath(x2):
                    return False
            if 'subPath' in x1:
                x2 = x1['subPath']
                if not (isinstance(x2, str)):
                    return False
                if not _MATCHES_13(x2):
                    return False
            if 'readOnly' in x1:
                x2 = x1['readOnly']
                if not (isinstance(x2, bool)):
                    return False
            if 'mountPropagation' in x1:
                x2 = x1['mountPropagation']
                if not x2 == 'None' and not x2 == 'HostToContainer' and not x2 == 'Bidirectional':
                    return False
    return True


def _part_7(v: Any) -> bool:
    return True


def _is_pod_template_podSpec(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'containers' not in v:
        return False
    if not _FIELDS_14.issuperset(v):
        return False
    if 'serviceAccountName' in v:
        x0 = v['serviceAccountName']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    if 'automountServiceAccountToken' in v:
        x0 = v['automountServiceAccountToken']
        if not (isinstance(x0, bool)):
            return False
    if 'hostNetwork' in v:
        x0 = v['hostNetwork']
        if not (isinstance(x0, bool)):
            return False
    if 'dnsPolicy' in v:
        x0 = v['dnsPolicy']
        if not x0 == 'ClusterFirst' and not x0 == 'ClusterFirstWithHostNet' and not x0 == 'Default' and not x0 == 'None':
            return False
    if 'enableServiceLinks' in v:
        x0 = v['enableServiceLinks']
        if not (isinstance(x0, bool)):
            return False
    if 'terminationGracePeriodSeconds' in v:
        x0 = v['terminationGracePeriodSeconds']
        if not (_integer(x0)):
            return False
        if x0 < 0:
            return False
    if 'activeDeadlineSeconds' in v:
        x0 = v['activeDeadlineSeconds']
        if not (_integer(x0)):
            return False
        if x0 < 1:
            return False
    if 'restartPolicy' in v:
        x0 = v['restartPolicy']
        if not x0 == 'Always' and not x0 == 'OnFailure' and not x0 == 'Never':
            return False
    if 'nodeSelector' in v:
        x0 = v['nodeSelector']
        if not _is_primitives_labels(x0):
            return False
    if 'affinity' in v:
        x0 = v['affinity']
        if not _is_pod_template_affinity(x0):
            return False
    if 'tolerations' in v:
        x0 = v['tolerations']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_toleration, x0):
            return False
    if 'priorityClassName' in v:
        x0 = v['priorityClassName']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    if 'schedulerName' in v:
        x0 = v['schedulerName']
        if not _is_primitives_dns1123Subdomain(x0):
            return False
    if 'imagePullSecrets' in v:
        x0 = v['imagePullSecrets']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_localReference, x0):
            return False
    if 'securityContext' in v:
        x0 = v['securityContext']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_24.issuperset(x0):
            return False
        if 'runAsUser' in x0:
            x1 = x0['runAsUser']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'runAsGroup' in x0:
            x1 = x0['runAsGroup']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'runAsNonRoot' in x0:
            x1 = x0['runAsNonRoot']
            if not (isinstance(x1, bool)):
                return False
        if 'fsGroup' in x0:
            x1 = x0['fsGroup']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'seccompProfile' in x0:
            x1 = x0['seccompProfile']
            if not _is_pod_template_seccompProfile(x1):
                return False
    if 'volumes' in v:
        x0 = v['volumes']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_volume, x0):
            return False
    if 'initContainers' in v:
        x0 = v['initContainers']
        if not (isinstance(x0, list)):
            return False
        if not _all(_is_pod_template_container, x0):
            return False
    if 'containers' in v:
        x0 = v['containers']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not _is_pod_template_container(x1):
                return False
            if isinstance(x1, dict):
                if 'restartPolicy' in x1:
                    x2 = x1['restartPolicy']
                    if _part_7(x2):
                        return False
    return True


def _is_pod_template(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_12.issuperset(v):
        return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not (isinstance(x0, dict)):
            return False
        if not _FIELDS_13.issuperset(x0):
            return False
        if 'labels' in x0:
            x1 = x0['labels']
            if not _is_primitives_labels(x1):
                return False
        if 'annotations' in x0:
            x1 = x0['annotations']
            if not _is_primitives_annotations(x1):
                return False
    if 'spec' in v:
        x0 = v['spec']
        if not _is_pod_template_podSpec(x0):
            return False
    return True


def _is_deployment(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_6.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'apps/v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'Deployment':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
    if 'spec' in v:
        x0 = v['spec']
        if not (isinstance(x0, dict)):
            return False
        if 'selector' not in x0 or 'template' not in x0:
            return False
        if not _FIELDS_7.issuperset(x0):
            return False
        if 'replicas' in x0:
            x1 = x0['replicas']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'minReadySeconds' in x0:
            x1 = x0['minReadySeconds']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'progressDeadlineSeconds' in x0:
            x1 = x0['progressDeadlineSeconds']
            if not (_integer(x1)):
                return False
            if x1 < 1:
                return False
        if 'revisionHistoryLimit' in x0:
            x1 = x0['revisionHistoryLimit']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'selector' in x0:
            x1 = x0['selector']
            if not _is_primitives_labelSelector(x1):
                return False
        if 'strategy' in x0:
            x1 = x0['strategy']
            if not (isinstance(x1, dict)):
                return False
            if 'type' not in x1:
                return False
            if not _FIELDS_10.issuperset(x1):
                return False
            if 'type' in x1:
                x2 = x1['type']
                if not x2 == 'Recreate' and not x2 == 'RollingUpdate':
                    return False
            if 'rollingUpdate' in x1:
                x2 = x1['rollingUpdate']
                if not (isinstance(x2, dict)):
                    return False
                if not _FIELDS_11.issuperset(x2):
                    return False
                if 'maxUnavailable' in x2:
                    x3 = x2['maxUnavailable']
                    if not _is_primitives_countOrPercent(x3):
                        return False
                if 'maxSurge' in x2:
                    x3 = x2['maxSurge']
                    if not _is_primitives_countOrPercent(x3):
                        return False
        if 'template' in x0:
            x1 = x0['template']
            if not _is_pod_template(x1):
                return False
            if isinstance(x1, dict):
                if 'spec' in x1:
                    x2 = x1['spec']
                    if isinstance(x2, dict):
                        if 'restartPolicy' in x2:
                            x3 = x2['restartPolicy']
                            if not x3 == 'Always':
                                return False
    return True


def _is_externalsecret(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_6.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'external-secrets.io/v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'ExternalSecret':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
    if 'spec' in v:
        x0 = v['spec']
        if not (isinstance(x0, dict)):
            return False
        if 'secretStoreRef' not in x0 or 'target' not in x0 or 'data' not in x0:
            return False
        if not _FIELDS_51.issuperset(x0):
            return False
        if 'refreshPolicy' in x0:
            x1 = x0['refreshPolicy']
            if not x1 == 'CreatedOnce' and not x1 == 'Periodic' and not x1 == 'OnChange':
                return False
        if 'refreshInterval' in x0:
            x1 = x0['refreshInterval']
            if not (isinstance(x1, str)):
                return False
            if len(x1) < 2:
                return False
            if not _MATCHES_20(x1):
                return False
        if 'secretStoreRef' in x0:
            x1 = x0['secretStoreRef']
            if not (isinstance(x1, dict)):
                return False
            if 'name' not in x1 or 'kind' not in x1:
                return False
            if not _FIELDS_52.issuperset(x1):
                return False
            if 'name' in x1:
                x2 = x1['name']
                if not _is_primitives_dns1123Subdomain(x2):
                    return False
            if 'kind' in x1:
                x2 = x1['kind']
                if not x2 == 'SecretStore' and not x2 == 'ClusterSecretStore':
                    return False
        if 'target' in x0:
            x1 = x0['target']
            if not (isinstance(x1, dict)):
                return False
            if 'name' not in x1:
                return False
            if not _FIELDS_53.issuperset(x1):
                return False
            if 'name' in x1:
                x2 = x1['name']
                if not _is_primitives_dns1123Subdomain(x2):
                    return False
            if 'creationPolicy' in x1:
                x2 = x1['creationPolicy']
                if not x2 == 'Owner' and not x2 == 'Orphan' and not x2 == 'Merge' and not x2 == 'None' and not x2 == 'CreateOrMerge':
                    return False
            if 'deletionPolicy' in x1:
                x2 = x1['deletionPolicy']
                if not x2 == 'Delete' and not x2 == 'Merge' and not x2 == 'Retain':
                    return False
        if 'data' in x0:
            x1 = x0['data']
            if not (isinstance(x1, list)):
                return False
            if len(x1) < 1:
                return False
            for x2 in x1:
                if not (isinstance(x2, dict)):
                    return False
                if 'secretKey' not in x2 or 'remoteRef' not in x2:
                    return False
                if not _FIELDS_54.issuperset(x2):
                    return False
                if 'secretKey' in x2:
                    x3 = x2['secretKey']
                    if not _is_primitives_dataKey(x3):
                        return False
                if 'remoteRef' in x2:
                    x3 = x2['remoteRef']
                    if not (isinstance(x3, dict)):
                        return False
                    if 'key' not in x3:
                        return False
                    if not _FIELDS_55.issuperset(x3):
                        return False
                    if 'key' in x3:
                        x4 = x3['key']
                        if not (isinstance(x4, str)):
                            return False
                        if len(x4) < 1:
                            return False
                    if 'version' in x3:
                        x4 = x3['version']
                        if not (isinstance(x4, str)):
                            return False
                        if len(x4) < 1:
                            return False
                    if 'property' in x3:
                        x4 = x3['property']
                        if not (isinstance(x4, str)):
                            return False
                        if len(x4) < 1:
                            return False
    return True


def _is_job_failureRule(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'action' not in v:
        return False
    if len(v) < 2:
        return False
    if len(v) > 2:
        return False
    if not _FIELDS_58.issuperset(v):
        return False
    if 'action' in v:
        x0 = v['action']
        if not x0 == 'FailJob' and not x0 == 'FailIndex' and not x0 == 'Ignore' and not x0 == 'Count':
            return False
    if 'onExitCodes' in v:
        x0 = v['onExitCodes']
        if not (isinstance(x0, dict)):
            return False
        if 'operator' not in x0 or 'values' not in x0:
            return False
        if not _FIELDS_59.issuperset(x0):
            return False
        if 'containerName' in x0:
            x1 = x0['containerName']
            if not _is_primitives_dns1123Label(x1):
                return False
        if 'operator' in x0:
            x1 = x0['operator']
            if not x1 == 'In' and not x1 == 'NotIn':
                return False
        if 'values' in x0:
            x1 = x0['values']
            if not (isinstance(x1, list)):
                return False
            if len(x1) < 1:
                return False
            if len(x1) > 255:
                return False
            for x2 in x1:
                if not (_integer(x2)):
                    return False
            if len(set(x1)) != len(x1):
                return False
    if 'onPodConditions' in v:
        x0 = v['onPodConditions']
        if not (isinstance(x0, list)):
            return False
        if len(x0) < 1:
            return False
        if len(x0) > 20:
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'type' not in x1 or 'status' not in x1:
                return False
            if not _FIELDS_60.issuperset(x1):
                return False
            if 'type' in x1:
                x2 = x1['type']
                if not _is_primitives_qualifiedName(x2):
                    return False
            if 'status' in x1:
                x2 = x1['status']
                if not x2 == 'True' and not x2 == 'False' and not x2 == 'Unknown':
                    return False
    return True


def _is_job(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_6.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'batch/v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'Job':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
        if isinstance(x0, dict):
            if 'name' in x0:
                x1 = x0['name']
                if not _is_primitives_dns1123Label(x1):
                    return False
    if 'spec' in v:
        x0 = v['spec']
        if not (isinstance(x0, dict)):
            return False
        if 'template' not in x0:
            return False
        if not _FIELDS_56.issuperset(x0):
            return False
        if 'completions' in x0:
            x1 = x0['completions']
            if not (_integer(x1)):
                return False
            if x1 < 1:
                return False
        if 'parallelism' in x0:
            x1 = x0['parallelism']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'completionMode' in x0:
            x1 = x0['completionMode']
            if not x1 == 'NonIndexed' and not x1 == 'Indexed':
                return False
        if 'backoffLimit' in x0:
            x1 = x0['backoffLimit']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'backoffLimitPerIndex' in x0:
            x1 = x0['backoffLimitPerIndex']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'maxFailedIndexes' in x0:
            x1 = x0['maxFailedIndexes']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'activeDeadlineSeconds' in x0:
            x1 = x0['activeDeadlineSeconds']
            if not (_integer(x1)):
                return False
            if x1 < 1:
                return False
        if 'ttlSecondsAfterFinished' in x0:
            x1 = x0['ttlSecondsAfterFinished']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
        if 'suspend' in x0:
            x1 = x0['suspend']
            if not (isinstance(x1, bool)):
                return False
        if 'podFailurePolicy' in x0:
            x1 = x0['podFailurePolicy']
            if not (isinstance(x1, dict)):
                return False
            if 'rules' not in x1:
                return False
            if not _FIELDS_57.issuperset(x1):
                return False
            if 'rules' in x1:
                x2 = x1['rules']
                if not (isinstance(x2, list)):
                    return False
                if len(x2) < 1:
                    return False
                if len(x2) > 20:
                    return False
                if not _all(_is_job_failureRule, x2):
                    return False
        if 'template' in x0:
            x1 = x0['template']
            if not _is_pod_template(x1):
                return False
            if isinstance(x1, dict):
                if 'spec' in x1:
                    x2 = x1['spec']
                    if isinstance(x2, dict):
                        if 'restartPolicy' not in x2:
                            return False
                        if 'restartPolicy' in x2:
                            x3 = x2['restartPolicy']
                            if not x3 == 'Never' and not x3 == 'OnFailure':
                                return False
    return True


def _is_kustomization_file(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if not _MATCHES_21(v):
        return False
    return True


def _is_kustomization_files(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not _is_kustomization_file(x0):
            return False
    if len(set(v)) != len(v):
        return False
    return True


def _is_kustomization_options(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if not _FIELDS_64.issuperset(v):
        return False
    if 'disableNameSuffixHash' in v:
        x0 = v['disableNameSuffixHash']
        if not (isinstance(x0, bool)):
            return False
    if 'labels' in v:
        x0 = v['labels']
        if not _is_primitives_labels(x0):
            return False
    if 'annotations' in v:
        x0 = v['annotations']
        if not _is_primitives_annotations(x0):
            return False
    return True


def _is_kustomization_generators(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not (isinstance(x0, dict)):
            return False
        if 'name' not in x0:
            return False
        if not _FIELDS_63.issuperset(x0):
            return False
        if 'name' in x0:
            x1 = x0['name']
            if not _is_primitives_dns1123Subdomain(x1):
                return False
        if 'namespace' in x0:
            x1 = x0['namespace']
            if not _is_primitives_dns1123Label(x1):
                return False
        if 'type' in x0:
            x1 = x0['type']
            if not x1 == 'Opaque':
                return False
        if 'envs' in x0:
            x1 = x0['envs']
            if not _is_kustomization_files(x1):
                return False
        if 'files' in x0:
            x1 = x0['files']
            if not _is_primitives_strings(x1):
                return False
        if 'options' in x0:
            x1 = x0['options']
            if not _is_kustomization_options(x1):
                return False
    return True


def _is_kustomization(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'resources' not in v:
        return False
    if not _FIELDS_61.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'kustomize.config.k8s.io/v1beta1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'Kustomization':
            return False
    if 'namespace' in v:
        x0 = v['namespace']
        if not _is_primitives_dns1123Label(x0):
            return False
    if 'resources' in v:
        x0 = v['resources']
        if not _is_kustomization_files(x0):
            return False
    if 'configurations' in v:
        x0 = v['configurations']
        if not _is_kustomization_files(x0):
            return False
    if 'openapi' in v:
        x0 = v['openapi']
        if not (isinstance(x0, dict)):
            return False
        if 'path' not in x0:
            return False
        if not _FIELDS_62.issuperset(x0):
            return False
        if 'path' in x0:
            x1 = x0['path']
            if not _is_kustomization_file(x1):
                return False
    if 'secretGenerator' in v:
        x0 = v['secretGenerator']
        if not _is_kustomization_generators(x0):
            return False
    if 'configMapGenerator' in v:
        x0 = v['configMapGenerator']
        if not _is_kustomization_generators(x0):
            return False
    if 'generatorOptions' in v:
        x0 = v['generatorOptions']
        if not _is_kustomization_options(x0):
            return False
    if 'labels' in v:
        x0 = v['labels']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'pairs' not in x1:
                return False
            if not _FIELDS_65.issuperset(x1):
                return False
            if 'pairs' in x1:
                x2 = x1['pairs']
                if not _is_primitives_labels(x2):
                    return False
            if 'includeSelectors' in x1:
                x2 = x1['includeSelectors']
                if not (isinstance(x2, bool)):
                    return False
            if 'includeTemplates' in x1:
                x2 = x1['includeTemplates']
                if not (isinstance(x2, bool)):
                    return False
    return True


def _is_kustomizeconfig_fieldSpecs(v: Any) -> bool:
    if not (isinstance(v, list)):
        return False
    if len(v) < 1:
        return False
    for x0 in v:
        if not (isinstance(x0, dict)):
            return False
        if 'path' not in x0:
            return False
        if not _FIELDS_68.issuperset(x0):
            return False
        if 'group' in x0:
            x1 = x0['group']
            if not (isinstance(x1, str)):
                return False
        if 'version' in x0:
            x1 = x0['version']
            if not (isinstance(x1, str)):
                return False
        if 'kind' in x0:
            x1 = x0['kind']
            if not (isinstance(x1, str)):
                return False
        if 'path' in x0:
            x1 = x0['path']
            if not (isinstance(x1, str)):
                return False
            if len(x1) < 1:
                return False
        if 'create' in x0:
            x1 = x0['create']
            if not (isinstance(x1, bool)):
                return False
    return True


def _is_kustomizeconfig(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if len(v) < 1:
        return False
    if not _FIELDS_66.issuperset(v):
        return False
    if 'nameReference' in v:
        x0 = v['nameReference']
        if not (isinstance(x0, list)):
            return False
        for x1 in x0:
            if not (isinstance(x1, dict)):
                return False
            if 'kind' not in x1 or 'fieldSpecs' not in x1:
                return False
            if not _FIELDS_67.issuperset(x1):
                return False
            if 'group' in x1:
                x2 = x1['group']
                if not (isinstance(x2, str)):
                    return False
            if 'version' in x1:
                x2 = x1['version']
                if not (isinstance(x2, str)):
                    return False
            if 'kind' in x1:
                x2 = x1['kind']
                if not (isinstance(x2, str)):
                    return False
            if 'fieldSpecs' in x1:
                x2 = x1['fieldSpecs']
                if not _is_kustomizeconfig_fieldSpecs(x2):
                    return False
    if 'namePrefix' in v:
        x0 = v['namePrefix']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'nameSuffix' in v:
        x0 = v['nameSuffix']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'namespace' in v:
        x0 = v['namespace']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'labels' in v:
        x0 = v['labels']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'commonLabels' in v:
        x0 = v['commonLabels']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'templateLabels' in v:
        x0 = v['templateLabels']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'commonAnnotations' in v:
        x0 = v['commonAnnotations']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'images' in v:
        x0 = v['images']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'replicas' in v:
        x0 = v['replicas']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    if 'varReference' in v:
        x0 = v['varReference']
        if not _is_kustomizeconfig_fieldSpecs(x0):
            return False
    return True


def _is_kustomizeschema(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'definitions' not in v:
        return False
    if not _FIELDS_69.issuperset(v):
        return False
    if 'definitions' in v:
        x0 = v['definitions']
        if not (isinstance(x0, dict)):
            return False
        if len(x0) < 1:
            return False
        for k, x1 in x0.items():
            if not (isinstance(x1, dict)):
                return False
    return True


def _is_primitives_dns1035Label(v: Any) -> bool:
    if not (isinstance(v, str)):
        return False
    if len(v) > 63:
        return False
    if not _MATCHES_22(v):
        return False
    return True


def _is_leaderworkerset_template(v: Any) -> bool:
    if not _is_pod_template(v):
        return False
    if isinstance(v, dict):
        if 'spec' in v:
            x0 = v['spec']
            if isinstance(x0, dict):
                if 'restartPolicy' in x0:
                    x1 = x0['restartPolicy']
                    if not x1 == 'Always':
                        return False
    return True


def _is_leaderworkerset(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_6.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'leaderworkerset.x-k8s.io/v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'LeaderWorkerSet':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
        if isinstance(x0, dict):
            if 'name' in x0:
                x1 = x0['name']
                if not _is_primitives_dns1035Label(x1):
                    return False
                if isinstance(x1, str):
                    if len(x1) > 50:
                        return False
    if 'spec' in v:
        x0 = v['spec']
        if not (isinstance(x0, dict)):
            return False
        if 'leaderWorkerTemplate' not in x0:
            return False
        if not _FIELDS_70.issuperset(x0):
            return False
        if 'replicas' in x0:
            x1 = x0['replicas']
            if not (_integer(x1)):
                return False
            if x1 < 0:
                return False
            if x1 > 1000000:
                return False
        if 'startupPolicy' in x0:
            x1 = x0['startupPolicy']
            if not x1 == 'LeaderCreated' and not x1 == 'LeaderReady':
                return False
        if 'rolloutStrategy' in x0:
            x1 = x0['rolloutStrategy']
            if not (isinstance(x1, dict)):
                return False
            if 'type' not in x1:
                return False
            if not _FIELDS_71.issuperset(x1):
                return False
            if 'type' in x1:
                x2 = x1['type']
                if not x2 == 'RollingUpdate':
                    return False
            if 'rollingUpdateConfiguration' in x1:
                x2 = x1['rollingUpdateConfiguration']
                if not (isinstance(x2, dict)):
                    return False
                if not _FIELDS_72.issuperset(x2):
                    return False
                if 'maxUnavailable' in x2:
                    x3 = x2['maxUnavailable']
                    if not _is_primitives_countOrPercent(x3):
                        return False
                if 'maxSurge' in x2:
                    x3 = x2['maxSurge']
                    if not _is_primitives_countOrPercent(x3):
                        return False
                if 'partition' in x2:
                    x3 = x2['partition']
                    if not (_integer(x3)):
                        return False
                    if x3 < 0:
                        return False
        if 'networkConfig' in x0:
            x1 = x0['networkConfig']
            if not (isinstance(x1, dict)):
                return False
            if 'subdomainPolicy' not in x1:
                return False
            if not _FIELDS_73.issuperset(x1):
                return False
            if 'subdomainPolicy' in x1:
                x2 = x1['subdomainPolicy']
                if not x2 == 'Shared' and not x2 == 'UniquePerReplica':
                    return False
        if 'leaderWorkerTemplate' in x0:
            x1 = x0['leaderWorkerTemplate']
            if not (isinstance(x1, dict)):
                return False
            if 'size' not in x1 or 'leaderTemplate' not in x1 or 'workerTemplate' not in x1:
                return False
            if not _FIELDS_74.issuperset(x1):
                return False
            if 'size' in x1:
                x2 = x1['size']
                if not (_integer(x2)):
                    return False
                if x2 < 1:
                    return False
            if 'restartPolicy' in x1:
                x2 = x1['restartPolicy']
                if not x2 == 'RecreateGroupOnPodRestart' and not x2 == 'RecreateGroupAfterStart' and not x2 == 'None':
                    return False
            if 'leaderTemplate' in x1:
                x2 = x1['leaderTemplate']
                if not _is_leaderworkerset_template(x2):
                    return False
            if 'workerTemplate' in x1:
                x2 = x1['workerTemplate']
                if not _is_leaderworkerset_template(x2):
                    return False
            if 'subGroupPolicy' in x1:
                x2 = x1['subGroupPolicy']
                if not (isinstance(x2, dict)):
                    return False
                if 'subGroupSize' not in x2:
                    return False
                if not _FIELDS_75.issuperset(x2):
                    return False
                if 'subGroupSize' in x2:
                    x3 = x2['subGroupSize']
                    if not (_integer(x3)):
                        return False
                    if x3 < 1:
                        return False
                if 'subGroupPolicyType' in x2:
                    x3 = x2['subGroupPolicyType']
                    if not x3 == 'LeaderWorker' and not x3 == 'LeaderExcluded':
                        return False
    return True


def _is_secret(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'stringData' not in v:
        return False
    if not _FIELDS_76.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'Secret':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
    if 'type' in v:
        x0 = v['type']
        if not x0 == 'Opaque':
            return False
    if 'stringData' in v:
        x0 = v['stringData']
        if not (isinstance(x0, dict)):
            return False
        if len(x0) < 1:
            return False
        for x1 in x0:
            if not _is_primitives_dataKey(x1):
                return False
        for k, x1 in x0.items():
            if not (isinstance(x1, str)):
                return False
    return True


def _is_service(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v or 'spec' not in v:
        return False
    if not _FIELDS_6.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'Service':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
        if isinstance(x0, dict):
            if 'name' in x0:
                x1 = x0['name']
                if not _is_primitives_dns1035Label(x1):
                    return False
    if 'spec' in v:
        x0 = v['spec']
        if not (isinstance(x0, dict)):
            return False
        if 'selector' not in x0 or 'ports' not in x0:
            return False
        if not _FIELDS_77.issuperset(x0):
            return False
        if 'type' in x0:
            x1 = x0['type']
            if not x1 == 'ClusterIP' and not x1 == 'NodePort' and not x1 == 'LoadBalancer':
                return False
        if 'clusterIP' in x0:
            x1 = x0['clusterIP']
            if not x1 == 'None':
                return False
        if 'publishNotReadyAddresses' in x0:
            x1 = x0['publishNotReadyAddresses']
            if not (isinstance(x1, bool)):
                return False
        if 'sessionAffinity' in x0:
            x1 = x0['sessionAffinity']
            if not x1 == 'None' and not x1 == 'ClientIP':
                return False
        if 'selector' in x0:
            x1 = x0['selector']
            if not _is_primitives_labels(x1):
                return False
            if isinstance(x1, dict):
                if len(x1) < 1:
                    return False
        if 'ports' in x0:
            x1 = x0['ports']
            if not (isinstance(x1, list)):
                return False
            if len(x1) < 1:
                return False
            for x2 in x1:
                if not (isinstance(x2, dict)):
                    return False
                if 'name' not in x2 or 'port' not in x2 or 'targetPort' not in x2:
                    return False
                if not _FIELDS_78.issuperset(x2):
                    return False
                if 'name' in x2:
                    x3 = x2['name']
                    if not _is_primitives_dns1123Label(x3):
                        return False
                if 'port' in x2:
                    x3 = x2['port']
                    if not _is_primitives_portNumber(x3):
                        return False
                if 'targetPort' in x2:
                    x3 = x2['targetPort']
                    if not _is_primitives_portReference(x3):
                        return False
                if 'protocol' in x2:
                    x3 = x2['protocol']
                    if not x3 == 'TCP' and not x3 == 'UDP' and not x3 == 'SCTP':
                        return False
                if 'appProtocol' in x2:
                    x3 = x2['appProtocol']
                    if not _is_primitives_qualifiedName(x3):
                        return False
    return True


def _is_serviceaccount(v: Any) -> bool:
    if not (isinstance(v, dict)):
        return False
    if 'apiVersion' not in v or 'kind' not in v or 'metadata' not in v:
        return False
    if not _FIELDS_79.issuperset(v):
        return False
    if 'apiVersion' in v:
        x0 = v['apiVersion']
        if not x0 == 'v1':
            return False
    if 'kind' in v:
        x0 = v['kind']
        if not x0 == 'ServiceAccount':
            return False
    if 'metadata' in v:
        x0 = v['metadata']
        if not _is_primitives_metadata(x0):
            return False
    if 'automountServiceAccountToken' in v:
        x0 = v['automountServiceAccountToken']
        if not (isinstance(x0, bool)):
            return False
    return True


_FIELDS_1 = frozenset(('images', 'logsBucket', 'options', 'queueTtl', 'serviceAccount', 'steps', 'substitutions', 'tags', 'timeout',))
_FIELDS_2 = frozenset(('args', 'automapSubstitutions', 'dir', 'entrypoint', 'env', 'id', 'name', 'script', 'timeout', 'waitFor',))
_FIELDS_3 = frozenset(('automapSubstitutions', 'defaultLogsBucketBehavior', 'diskSizeGb', 'dynamicSubstitutions', 'env', 'logStreamingOption', 'logging', 'machineType', 'requestedVerifyOption', 'substitutionOption',))
_FIELDS_4 = frozenset(('apiVersion', 'data', 'kind', 'metadata',))
_FIELDS_5 = frozenset(('annotations', 'labels', 'name', 'namespace',))
_FIELDS_6 = frozenset(('apiVersion', 'kind', 'metadata', 'spec',))
_FIELDS_7 = frozenset(('minReadySeconds', 'progressDeadlineSeconds', 'replicas', 'revisionHistoryLimit', 'selector', 'strategy', 'template',))
_FIELDS_8 = frozenset(('matchExpressions', 'matchLabels',))
_FIELDS_9 = frozenset(('key', 'operator', 'values',))
_FIELDS_10 = frozenset(('rollingUpdate', 'type',))
_FIELDS_11 = frozenset(('maxSurge', 'maxUnavailable',))
_FIELDS_12 = frozenset(('metadata', 'spec',))
_FIELDS_13 = frozenset(('annotations', 'labels',))
_FIELDS_14 = frozenset(('activeDeadlineSeconds', 'affinity', 'automountServiceAccountToken', 'containers', 'dnsPolicy', 'enableServiceLinks', 'hostNetwork', 'imagePullSecrets', 'initContainers', 'nodeSelector', 'priorityClassName', 'restartPolicy', 'schedulerName', 'securityContext', 'serviceAccountName', 'terminationGracePeriodSeconds', 'tolerations', 'volumes',))
_FIELDS_15 = frozenset(('nodeAffinity', 'podAffinity', 'podAntiAffinity',))
_FIELDS_16 = frozenset(('preferredDuringSchedulingIgnoredDuringExecution', 'requiredDuringSchedulingIgnoredDuringExecution',))
_FIELDS_17 = frozenset(('nodeSelectorTerms',))
_FIELDS_18 = frozenset(('matchExpressions',))
_FIELDS_19 = frozenset(('preference', 'weight',))
_FIELDS_20 = frozenset(('labelSelector', 'topologyKey',))
_FIELDS_21 = frozenset(('podAffinityTerm', 'weight',))
_FIELDS_22 = frozenset(('effect', 'key', 'operator', 'tolerationSeconds', 'value',))
_FIELDS_23 = frozenset(('name',))
_FIELDS_24 = frozenset(('fsGroup', 'runAsGroup', 'runAsNonRoot', 'runAsUser', 'seccompProfile',))
_FIELDS_25 = frozenset(('type',))
_FIELDS_26 = frozenset(('configMap', 'csi', 'emptyDir', 'hostPath', 'name', 'secret',))
_FIELDS_27 = frozenset(('medium', 'sizeLimit',))
_FIELDS_28 = frozenset(('path', 'type',))
_FIELDS_29 = frozenset(('driver', 'readOnly', 'volumeAttributes',))
_FIELDS_30 = frozenset(('defaultMode', 'items', 'name',))
_FIELDS_31 = frozenset(('key', 'mode', 'path',))
_FIELDS_32 = frozenset(('defaultMode', 'items', 'secretName',))
_FIELDS_33 = frozenset(('args', 'command', 'env', 'envFrom', 'image', 'imagePullPolicy', 'lifecycle', 'livenessProbe', 'name', 'ports', 'readinessProbe', 'resources', 'restartPolicy', 'securityContext', 'startupProbe', 'terminationMessagePolicy', 'volumeMounts', 'workingDir',))
_FIELDS_34 = frozenset(('name', 'value', 'valueFrom',))
_FIELDS_35 = frozenset(('configMapKeyRef', 'fieldRef', 'secretKeyRef',))
_FIELDS_36 = frozenset(('key', 'name',))
_FIELDS_37 = frozenset(('apiVersion', 'fieldPath',))
_FIELDS_38 = frozenset(('configMapRef', 'secretRef',))
_FIELDS_39 = frozenset(('containerPort', 'name', 'protocol',))
_FIELDS_40 = frozenset(('limits', 'requests',))
_FIELDS_41 = frozenset(('allowPrivilegeEscalation', 'capabilities', 'privileged', 'readOnlyRootFilesystem', 'runAsGroup', 'runAsNonRoot', 'runAsUser', 'seccompProfile',))
_FIELDS_42 = frozenset(('add', 'drop',))
_FIELDS_43 = frozenset(('exec', 'failureThreshold', 'httpGet', 'initialDelaySeconds', 'periodSeconds', 'successThreshold', 'tcpSocket', 'terminationGracePeriodSeconds', 'timeoutSeconds',))
_FIELDS_44 = frozenset(('command',))
_FIELDS_45 = frozenset(('path', 'port', 'scheme',))
_FIELDS_46 = frozenset(('port',))
_FIELDS_47 = frozenset(('postStart', 'preStop',))
_FIELDS_48 = frozenset(('exec', 'httpGet', 'sleep',))
_FIELDS_49 = frozenset(('seconds',))
_FIELDS_50 = frozenset(('mountPath', 'mountPropagation', 'name', 'readOnly', 'subPath',))
_FIELDS_51 = frozenset(('data', 'refreshInterval', 'refreshPolicy', 'secretStoreRef', 'target',))
_FIELDS_52 = frozenset(('kind', 'name',))
_FIELDS_53 = frozenset(('creationPolicy', 'deletionPolicy', 'name',))
_FIELDS_54 = frozenset(('remoteRef', 'secretKey',))
_FIELDS_55 = frozenset(('key', 'property', 'version',))
_FIELDS_56 = frozenset(('activeDeadlineSeconds', 'backoffLimit', 'backoffLimitPerIndex', 'completionMode', 'completions', 'maxFailedIndexes', 'parallelism', 'podFailurePolicy', 'suspend', 'template', 'ttlSecondsAfterFinished',))
_FIELDS_57 = frozenset(('rules',))
_FIELDS_58 = frozenset(('action', 'onExitCodes', 'onPodConditions',))
_FIELDS_59 = frozenset(('containerName', 'operator', 'values',))
_FIELDS_60 = frozenset(('status', 'type',))
_FIELDS_61 = frozenset(('apiVersion', 'configMapGenerator', 'configurations', 'generatorOptions', 'kind', 'labels', 'namespace', 'openapi', 'resources', 'secretGenerator',))
_FIELDS_62 = frozenset(('path',))
_FIELDS_63 = frozenset(('envs', 'files', 'name', 'namespace', 'options', 'type',))
_FIELDS_64 = frozenset(('annotations', 'disableNameSuffixHash', 'labels',))
_FIELDS_65 = frozenset(('includeSelectors', 'includeTemplates', 'pairs',))
_FIELDS_66 = frozenset(('commonAnnotations', 'commonLabels', 'images', 'labels', 'namePrefix', 'nameReference', 'nameSuffix', 'namespace', 'replicas', 'templateLabels', 'varReference',))
_FIELDS_67 = frozenset(('fieldSpecs', 'group', 'kind', 'version',))
_FIELDS_68 = frozenset(('create', 'group', 'kind', 'path', 'version',))
_FIELDS_69 = frozenset(('definitions',))
_FIELDS_70 = frozenset(('leaderWorkerTemplate', 'networkConfig', 'replicas', 'rolloutStrategy', 'startupPolicy',))
_FIELDS_71 = frozenset(('rollingUpdateConfiguration', 'type',))
_FIELDS_72 = frozenset(('maxSurge', 'maxUnavailable', 'partition',))
_FIELDS_73 = frozenset(('subdomainPolicy',))
_FIELDS_74 = frozenset(('leaderTemplate', 'restartPolicy', 'size', 'subGroupPolicy', 'workerTemplate',))
_FIELDS_75 = frozenset(('subGroupPolicyType', 'subGroupSize',))
_FIELDS_76 = frozenset(('apiVersion', 'kind', 'metadata', 'stringData', 'type',))
_FIELDS_77 = frozenset(('clusterIP', 'ports', 'publishNotReadyAddresses', 'selector', 'sessionAffinity', 'type',))
_FIELDS_78 = frozenset(('appProtocol', 'name', 'port', 'protocol', 'targetPort',))
_FIELDS_79 = frozenset(('apiVersion', 'automountServiceAccountToken', 'kind', 'metadata',))
_MATCHES_1 = _long('^[A-Za-z_][A-Za-z0-9_]*=')
_MATCHES_2 = _long('^[0-9]+s\\Z')
_MATCHES_3 = _long('^_[A-Z0-9_]+\\Z')
_MATCHES_4 = _long('^projects/[^/]+/serviceAccounts/[^/]+\\Z')
_MATCHES_5 = _short('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\Z')
_MATCHES_6 = _short('^[a-z0-9]([-a-z0-9]*[a-z0-9])?\\Z')
_MATCHES_7 = _long('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\\Z')
_MATCHES_8 = _short('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?\\Z')
_MATCHES_9 = _short('^[-._a-zA-Z0-9]+\\Z')
_MATCHES_10 = _long('^(100|[0-9]{1,2})%\\Z')
_MATCHES_11 = _long('^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?\\Z')
_MATCHES_12 = _long('^/[^:]*\\Z')
_MATCHES_13 = _long('^[^/]')
_MATCHES_14 = _long('^[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?\\Z')
_MATCHES_15 = _long('^[A-Za-z_][A-Za-z0-9_]*\\Z')
_MATCHES_16 = _long("^(metadata\\.(name|namespace|uid|(labels|annotations)\\['[^']+'\\])|spec\\.(nodeName|serviceAccountName)|status\\.(hostIP|hostIPs|podIP|podIPs))\\Z")
_MATCHES_17 = _short('^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*\\Z')
_MATCHES_18 = _long('^[A-Z_]+\\Z')
_MATCHES_19 = _long('^/')
_MATCHES_20 = _long('^([0-9]+h)?([0-9]+m)?([0-9]+s)?\\Z')
_MATCHES_21 = _long('^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\\Z')
_MATCHES_22 = _short('^[a-z]([-a-z0-9]*[a-z0-9])?\\Z')


_SCHEMAS: Mapping[str, Callable[[Any], bool]] = {
    "cloudbuild": _is_cloudbuild,
    "configmap": _is_configmap,
    "deployment": _is_deployment,
    "externalsecret": _is_externalsecret,
    "job": _is_job,
    "kustomization": _is_kustomization,
    "kustomizeconfig": _is_kustomizeconfig,
    "kustomizeschema": _is_kustomizeschema,
    "leaderworkerset": _is_leaderworkerset,
    "pod-template": _is_pod_template,
    "secret": _is_secret,
    "service": _is_service,
    "serviceaccount": _is_serviceaccount,
}


def fits(schema: str, document: Any) -> bool:
    """Tell whether a document fits the schema of that name; raises KeyError if there is none."""
    try:
        return _SCHEMAS[schema](document)
    finally:
        _fitting.clear()
