package durable
import ("testing";"time";"fmt";"github.com/onward-crm/onward/internal/sqldb/pgtest";"github.com/onward-crm/onward/routing")
func TestZPG(t *testing.T){
 l:=openLedger(t, pgtest.DSN(t))
 now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
 l.db.Writer().Exec("LOAD 'auto_explain'")
 for done:=0;done<4000;done+=200{
  ds:=make([]routing.Delivery,200)
  for i:=range ds { ds[i]=sample(done+i,now)}
  t0:=time.Now()
  l.Accept(t.Context(),ds)
  t1:=time.Now()
  cs,_:=l.Claim(t.Context(),routing.ClaimOrder{Now:now,N:200,Lease:time.Minute})
  t2:=time.Now()
  rs:=make([]routing.Finish,len(cs))
  for i,c:=range cs{ rs[i]=routing.Finish{Fence:c.Fence,At:now,Result:routing.Outcome{Status:"done",Credits:1}}}
  l.Finish(t.Context(),rs)
  fmt.Println(len(cs), t1.Sub(t0),t2.Sub(t1),time.Since(t2))
 }
}
