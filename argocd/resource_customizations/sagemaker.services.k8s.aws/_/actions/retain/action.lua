if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["services.k8s.aws/deletion-policy"] = "retain"
return obj
