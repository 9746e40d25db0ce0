(()=>{
const all=(of,what)=>[...of.querySelectorAll(what)],tip=document.createElement("div");
tip.id="tip";tip.hidden=true;document.body.append(tip);
const num=v=>Math.abs(v)<1e3?String(+v.toPrecision(3)):Math.round(v).toLocaleString("en");
const time=s=>{
const u=[[1e-3,1e-6,"µs"],[1,1e-3,"ms"],[120,1,"s"],[7200,60,"min"],[172800,3600,"h"],[1/0,86400,"d"]].find(u=>s<u[0]);
return+(s/u[1]).toPrecision(4)+" "+u[2]};
const text=(v,unit)=>unit=="s"?time(v):unit=="share"?num(v*100)+" %":num(v)+" "+unit;
const height=(path,x)=>{
const n=path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
for(let i=2;i<n.length;i+=2)if(n[i-2]<=x&&x<=n[i])return n[i-1]+(n[i+1]-n[i-1])*(x-n[i-2])/(n[i]-n[i-2]||1)};
all(document,"figure svg").forEach(svg=>{
all(svg,".key").forEach(key=>{
const set=(k,v)=>key.setAttribute(k,v),toggle=()=>{
const off=key.classList.toggle("off");
set("aria-pressed",!off);
all(svg,".series").forEach(s=>s.dataset.k==key.dataset.k&&s.classList.toggle("off",off))};
svg.setAttribute("role","group");set("role","button");set("tabindex",0);set("aria-pressed",true);
key.onclick=toggle;
key.onkeydown=e=>{if(e.key=="Enter"||e.key==" "){e.preventDefault();toggle()}}});
svg.onpointerleave=()=>tip.hidden=true;
svg.onpointermove=e=>{
const at=new DOMPoint(e.clientX,e.clientY).matrixTransform(svg.getScreenCTM().inverse()),lines=[];
all(svg,".panel").forEach(p=>{
const d=p.dataset,[x0,x1,a,b]=d.x.split(" ").map(Number),[y0,y1,l,h]=d.y.split(" ").map(Number),x=at.x;
if(x<x0||x>x1||at.y>y0||at.y<y1)return;
const v=a+(x-x0)/(x1-x0)*(b-a);
lines.push(d.at?+(100-100*10**-v).toPrecision(6)+" % of messages":time(v));
all(p,".series:not(.off)").forEach(s=>all(s,"path[fill=none]").some(path=>{
const y=height(path,x),q=(y-y0)/(y1-y0);
return q==q&&lines.push(s.dataset.name+": "+text(d.scale=="log"?l*(h/l)**q:l+q*(h-l),d.unit))}))});
tip.hidden=!lines[1];tip.textContent=lines.join("\n");
tip.style.left=Math.min(e.clientX+14,innerWidth-tip.offsetWidth-8)+"px";tip.style.top=e.clientY+14+"px"}})})()
