-- An Application is as healthy as it says of itself: without this, waves of an app of apps do not wait (argo-cd 1.8 took it out)
local hs = { status = "Progressing", message = "" }
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message or ""
end
return hs
